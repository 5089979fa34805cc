// Compiles the stand-ins that are written in C, once for each source, outside of the tree.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtOnce } from '../../scripts/backends/cache.mjs';

const run = promisify(execFile);
const source = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * The stand-in for NVIDIA's library, to be copied beside a script for it (see nvml.c).
 *
 * @param {readonly string[]} [without] functions that it lacks, as an older one does
 * @returns {Promise<string>} its path
 */
export async function compiledNvml(without = []) {
  const file = source('nvml.c');
  const folder = await builtOnce(
    'stand-in-nvml',
    `${readFileSync(file, 'utf8')}\n${without}`,
    async (into) => {
      const versions = join(into, 'versions');
      writeFileSync(
        versions,
        without.length > 0 ? `{ local: ${without.map((name) => `${name};`).join(' ')} };` : '{};',
      );
      const args = ['-O2', '-shared', '-fPIC', `-Wl,--version-script=${versions}`];
      await run('cc', [...args, '-o', join(into, 'libnvidia-ml.so.1'), file, '-ldl']);
    },
  );
  return join(folder, 'libnvidia-ml.so.1');
}

/** The path of a stand-in for nvidia-smi that prints one line and ends: less than any nvidia-smi does. */
export async function compiledNvidiaSmi() {
  const file = source('nvidia-smi.c');
  const folder = await builtOnce('stand-in-nvidia-smi', readFileSync(file, 'utf8'), async (into) => {
    await run('cc', ['-O2', '-o', join(into, 'nvidia-smi'), file]);
  });
  return join(folder, 'nvidia-smi');
}

/** Whether this host can compile them. */
export function hasCompiler() {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
