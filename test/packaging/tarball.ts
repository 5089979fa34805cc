import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { npm } from './npm.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packs what is built into an empty folder, as it would be published. Returns the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  await npm(ROOT, 'pack', '--pack-destination', folder);
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('npm pack wrote nothing');
  return join(folder, file);
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
