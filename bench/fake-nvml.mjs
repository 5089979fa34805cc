// The fake NVML of the tests, with busy GPUs whose readings do not change.
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledNvml } from '../test/fakes/compile.mjs';

const linesOf = (gpus) => [
  '- driver 550.54.15',
  ...Array.from(
    { length: gpus },
    (_, i) => `${i} uuid GPU-${String(i).padStart(8, '0')}-1111-2222-3333-444444444444`,
  ),
  '* name Fake GPU 80GB',
  '* memory 85899345920 1073741824 64424509440 20401094656',
  '* utilization 80 40',
  '* codecs 0 0',
  '* celsius 60',
  '* power 300500 700000',
  '* energy 1234567',
  '* clocks 1980 1980 2619 1545',
  '* reasons 4',
  '* fans 30 45',
  '* pcie 1500 2500',
  '* ecc 0 0',
  '* compute 4711 19327352832',
];

const compiled = await compiledNvml();

/**
 * Creates a fake library in a folder of its own, and removes it when the process exits.
 *
 * @param {number} gpus
 * @param {...string} first lines that its script has beside the readings. After `- final 1` it is not read again, which would add to the
 *   time of a sample.
 */
export function fakeNvml(gpus, ...first) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nvml-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'libnvidia-ml.so.1');
  copyFileSync(compiled, library);
  /** Replaces the script. @param {...string} more lines beside the readings */
  const script = (...more) => {
    writeFileSync(join(folder, 'next'), `${[...linesOf(gpus), ...more].join('\n')}\n`);
    renameSync(join(folder, 'next'), join(folder, 'script'));
  };
  script(...first);
  return { library, script };
}
