import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_NAME } from '../../src/version.js';
import { npm } from './npm.js';
import { PACKAGES, type PackageName, unpack } from './tarball.js';

type Tarballs = Readonly<Record<PackageName, string>>;

/** `bare` has the OpenTelemetry API only, `sdk2` and `sdk3` an SDK of that line, `onnxruntime` that library. */
export type HostName = 'bare' | 'sdk2' | 'sdk3' | 'onnxruntime';

export interface Host {
  /** Where programs run. */
  readonly folder: string;
  /** The Node to run them on: the one that the host brings, else the one of the tests. */
  readonly node: string;
}

const HOSTS = fileURLToPath(new URL('./hosts', import.meta.url));
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), PACKAGE_NAME, 'hosts');

/**
 * A folder with the programs of `hosts/` and, at hand as that host has it, the packed package. What npm installs is
 * kept in a cache outside the tree, per lock file; the package and the programs are fresh, so runs do not meet.
 *
 * @throws RegistryUnreachableError when something has to be installed and cannot be
 */
export async function createHost(name: HostName, tarballs: Tarballs): Promise<Host> {
  const installed = await install(name, tarballs);
  const folder = await mkdtemp(join(installed, 'run-'));
  for (const [packageName, tarball] of Object.entries(tarballs)) {
    const own = join(folder, 'node_modules', packageName);
    await unpack(tarball, own);
    // What npm could not share between host and package lies in the package.
    await symlink(join(installed, 'node_modules', packageName, 'node_modules'), join(own, 'node_modules'));
  }
  for (const part of ['programs', 'types', name]) {
    await cp(join(HOSTS, part), folder, { recursive: true });
  }
  const node = join(installed, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return { folder, node: (await exists(node)) ? node : process.execPath };
}

/** Installs the host as locked, then the package as its user would: what npm makes of its ranges is part of the test. */
async function install(name: HostName, tarballs: Tarballs): Promise<string> {
  const folder = join(CACHE, `${name}-${await fingerprint(name)}`);
  if (await exists(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  // Renamed when whole: an installation that was cut off must not be found later.
  const draft = await mkdtemp(join(CACHE, 'draft-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(join(HOSTS, name, file), join(draft, file));
    }
    await npm(draft, 'ci');
    await npm(draft, 'install', '--no-save', ...Object.values(tarballs));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another run may have been faster.
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** Of everything that decides what npm installs. */
async function fingerprint(name: HostName): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(HOSTS, name, 'package-lock.json')));
  for (const folder of Object.values(PACKAGES)) {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    hash.update(JSON.stringify([dependencies, optionalDependencies, peerDependencies]));
  }
  return hash.update(`${process.platform}-${process.arch}`).digest('hex').slice(0, 16);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
