import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder, exists } from './cache.js';
import { type NodeWithNpm, npm } from './npm.js';
import { PACKAGES, type Tarballs, unpack } from './tarball.js';

/**
 * `bare` has the OpenTelemetry API only, `sdk2` and `sdk3` an SDK of that line, `onnxruntime` that library and transformers.js,
 * `onnxruntime-1.14` and `transformers3` the first supported version of each, `bundlers` all bundlers.
 */
export type HostName =
  | 'bare'
  | 'sdk2'
  | 'sdk3'
  | 'onnxruntime'
  | 'onnxruntime-1.14'
  | 'transformers3'
  | 'bundlers';

/** Hosts whose programs run with other versions too. */
const PROGRAMS_OF: Partial<Record<HostName, HostName>> = {
  'onnxruntime-1.14': 'onnxruntime',
  transformers3: 'onnxruntime',
};

export interface Host {
  /** Working directory of programs. */
  readonly folder: string;
  /** Node that runs programs: the host's own if it has one, else the Node of the tests. */
  readonly node: string;
}

const HOSTS = fileURLToPath(new URL('./hosts', import.meta.url));
const PLATFORM = `${process.platform}-${process.arch}`;
const NODE_PROGRAM = `node_modules/node-${PLATFORM}/bin/node`;

/**
 * Creates a folder with the programs of `hosts/` in which both packed packages are installed. Dependencies come from a cache, one
 * folder per lock file; packages and programs are fresh, so that concurrent runs do not affect each other.
 *
 * @throws RegistryUnreachableError if something must be installed and the network is missing
 */
export async function createHost(name: HostName, tarballs: Tarballs): Promise<Host> {
  const installed = await install(name, tarballs);
  const folder = await mkdtemp(join(installed, 'run-'));
  for (const [packageName, tarball] of Object.entries(tarballs)) {
    const own = join(folder, 'node_modules', packageName);
    await unpack(tarball, own);
    // Dependencies that npm could not share with the host are nested in the package.
    await symlink(join(installed, 'node_modules', packageName, 'node_modules'), join(own, 'node_modules'));
  }
  const parts = [PROGRAMS_OF[name] ?? [], name].flat();
  for (const part of ['programs', 'types', ...parts]) {
    await cp(join(HOSTS, part), folder, { recursive: true });
  }
  const node = join(installed, NODE_PROGRAM);
  return { folder, node: (await exists(node)) ? node : process.execPath };
}

/** Installs the locked host, then the packages as a user would: npm's resolution of their ranges is part of the test. */
async function install(name: HostName, tarballs: Tarballs): Promise<string> {
  const lock = await readFile(join(HOSTS, name, 'package-lock.json'), 'utf8');
  const dependencies = await Promise.all(
    Object.values(PACKAGES).map(async (folder) => {
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      return [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies];
    }),
  );
  return cachedFolder(`${name}-${fingerprint(lock, JSON.stringify(dependencies))}`, async (draft) => {
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(join(HOSTS, name, file), join(draft, file));
    }
    await npm(draft, 'ci');
    await npm(draft, 'install', '--no-save', ...Object.values(tarballs));
  });
}

/**
 * Installs Node 22 and the npm that it ships.
 *
 * @returns `undefined` if npm has no Node for this platform
 * @throws RegistryUnreachableError if it must be installed and the network is missing
 */
export async function installNode22(): Promise<NodeWithNpm | undefined> {
  const manifest = join(HOSTS, 'node22/package.json');
  const folder = await cachedFolder(
    `node22-${fingerprint(await readFile(manifest, 'utf8'))}`,
    async (draft) => {
      await cp(manifest, join(draft, 'package.json'));
      await npm(draft, 'install');
    },
  );
  const node = join(folder, NODE_PROGRAM);
  return (await exists(node)) ? { node, npm: join(folder, 'node_modules/npm/bin/npm-cli.js') } : undefined;
}

/** Returns the dependencies of a host, without those that only bring it a Node. */
export async function hostDependencies(name: HostName): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await readFile(join(HOSTS, name, 'package.json'), 'utf8')).dependencies;
}

function fingerprint(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of [...texts, PLATFORM]) hash.update(text);
  return hash.digest('hex').slice(0, 16);
}
