// The fake NVML of the tests, with busy GPUs that report everything, whose readings do not change.
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledNvml } from '../test/fakes/compile.mjs';

/** Fields with a value, as `nvmlDeviceGetFieldValues` numbers them. */
const FIELDS = [
  29, 30, 31, 38, 45, 52, 59, 74, 75, 76, 77, 78, 79, 82, 91, 142, 143, 144, 145, 160, 173, 179, 180, 197,
  198, 230, 269, 270, 271,
];
const FIELDS_OF_ALL_LINKS = [138, 139];
const ALL_LINKS = 2 ** 32 - 1;
/** Metrics of `nvmlGpmMetricsGet`. */
const ACTIVITY = [1, 2, 3, 5, 10, 11, 12, 13, 20, 21, 60, 61];

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
  '* ecc 0 0 0 0',
  '* compute 4711 19327352832',
  '* mps 0',
  '* usable 1',
  '* serial 1650923012345',
  '* vbios 96.00.74.00.01',
  '* link 5 5 16 16',
  '* replays 0',
  ...FIELDS.map((id) => `* field ${id} 0 3 0`),
  ...FIELDS_OF_ALL_LINKS.map((id) => `* field ${id} ${ALL_LINKS} 3 1000000`),
  '* gpm 1',
  ...ACTIVITY.map((id) => `* metric ${id} 50`),
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
