import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const NAME = 'opentelemetry-instrumentation-snakepit';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOSTS = fileURLToPath(new URL('./hosts', import.meta.url));
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), NAME, 'hosts');

const run = promisify(execFile);

/** Packs the package as it would be published. Returns the path of the tarball, in a folder of its own. */
export async function packTarball(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-pack-'));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('npm pack wrote nothing');
  return join(folder, file);
}

/**
 * A host from `hosts/<name>` with the packed package installed. What it depends on is installed once into a cache
 * outside the tree; the package itself is unpacked anew each time.
 */
export async function installHost(
  name: string,
  tarball: string,
  extra: Record<string, string> = {},
): Promise<string> {
  const manifest = JSON.parse(await readFile(join(HOSTS, name, 'package.json'), 'utf8'));
  manifest.dependencies = { ...manifest.dependencies, ...extra };
  const own = await readFile(join(ROOT, 'package.json'), 'utf8');
  const hash = createHash('sha256')
    .update(JSON.stringify([manifest, JSON.parse(own).dependencies]))
    .digest('hex');
  const folder = join(CACHE, `${name}-${hash.slice(0, 16)}`);
  const installed = await readdir(join(folder, 'node_modules')).catch(() => undefined);
  if (installed === undefined) await install(folder, manifest, tarball);

  const target = join(folder, 'node_modules', NAME);
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  await cp(join(HOSTS, name), folder, { recursive: true, filter: (path) => !path.endsWith('package.json') });
  return folder;
}

/** In a folder beside it, renamed when whole: an installation that was cut off must not be found later. */
async function install(folder: string, manifest: object, tarball: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, '.draft-'));
  await writeFile(join(draft, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--save=false', '--ignore-scripts'], {
    cwd: draft,
  });
  await run('npm', ['install', '--no-audit', '--no-fund', '--save=false', '--ignore-scripts', tarball], {
    cwd: draft,
  });
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
}
