import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { npm } from './npm.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type PackageName = 'opentelemetry-instrumentation-snakepit' | 'snakepit-otel';
/** Paths of the packed packages. */
export type Tarballs = Readonly<Record<PackageName, string>>;

/** Folders of the packages of the repository. */
export const PACKAGES: Readonly<Record<PackageName, string>> = {
  'opentelemetry-instrumentation-snakepit': ROOT,
  'snakepit-otel': join(ROOT, 'snakepit-otel'),
};

/** Packs the built packages as they would be published. */
export async function pack(folder: string): Promise<Tarballs> {
  const tarballs: Partial<Record<PackageName, string>> = {};
  for (const [name, source] of Object.entries(PACKAGES) as [PackageName, string][]) {
    const destination = join(folder, name);
    await mkdir(destination);
    await npm(source, 'pack', '--pack-destination', destination);
    const [file] = await readdir(destination);
    if (file === undefined) throw new Error(`npm pack wrote nothing for ${name}`);
    tarballs[name] = join(destination, file);
  }
  return tarballs as Tarballs;
}

export async function unpack(tarball: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}

/** Returns the paths of the files in a tarball, relative to the package. */
export async function contents(tarball: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}
