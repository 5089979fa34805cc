// Compiles the fakes that are written in C. Each version of a source is compiled once, outside the repository.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtOnce } from '../../scripts/backends/cache.mjs';

const run = promisify(execFile);
const source = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Compiles the fake of NVIDIA's library. It reads a script in the folder that it is copied to (see nvml.c).
 *
 * @param {readonly string[]} [without] functions that the library lacks, as an older one does
 * @returns {Promise<string>} path of the library
 */
export async function compiledNvml(without = []) {
  const file = source('nvml.c');
  const folder = await builtOnce('fake-nvml', `${readFileSync(file, 'utf8')}\n${without}`, async (into) => {
    const versions = join(into, 'versions');
    writeFileSync(
      versions,
      without.length > 0 ? `{ local: ${without.map((name) => `${name};`).join(' ')} };` : '{};',
    );
    const args = ['-O2', '-shared', '-fPIC', `-Wl,--version-script=${versions}`];
    await run('cc', [...args, '-o', join(into, 'libnvidia-ml.so.1'), file, '-ldl']);
  });
  return join(folder, 'libnvidia-ml.so.1');
}

/**
 * Compiles a fake of nvidia-smi that prints one line and exits: less work than any real one.
 *
 * @returns {Promise<string>} path of the program
 */
export async function compiledNvidiaSmi() {
  const file = source('nvidia-smi.c');
  const folder = await builtOnce('fake-nvidia-smi', readFileSync(file, 'utf8'), async (into) => {
    await run('cc', ['-O2', '-o', join(into, 'nvidia-smi'), file]);
  });
  return join(folder, 'nvidia-smi');
}

/** Returns true if this host has a C compiler. */
export function hasCompiler() {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
