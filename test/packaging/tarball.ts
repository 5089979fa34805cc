import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { npm } from './npm.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The packages of the repository, by name: where each is developed, or packed. */
export type PackageName = 'opentelemetry-instrumentation-snakepit' | 'snakepit-otel';
export const PACKAGES: Readonly<Record<PackageName, string>> = {
  'opentelemetry-instrumentation-snakepit': ROOT,
  'snakepit-otel': join(ROOT, 'snakepit-otel'),
};

/** Packs what is built, as it would be published. Returns the paths of the tarballs. */
export async function pack(folder: string): Promise<Record<PackageName, string>> {
  const tarballs: Partial<Record<PackageName, string>> = {};
  for (const [name, source] of Object.entries(PACKAGES) as [PackageName, string][]) {
    const destination = join(folder, name);
    await mkdir(destination);
    await npm(source, 'pack', '--pack-destination', destination);
    const [file] = await readdir(destination);
    if (file === undefined) throw new Error(`npm pack wrote nothing for ${name}`);
    tarballs[name] = join(destination, file);
  }
  return tarballs as Record<PackageName, string>;
}

export async function unpack(tarball: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}

/** The files in a tarball, by their paths in the package. */
export async function contents(tarball: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}
