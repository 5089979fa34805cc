// A sample of eight GPUs through NVML (a stand-in for the library), against one start of an nvidia-smi that does nothing.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NvmlSource } from '../../dist/esm/gpu/sources/nvml.js';
import { compiledNvidiaSmi, compiledNvml } from '../../test/stand-ins/compile.mjs';
import { compareCost, median, report } from '../compare.mjs';

const GPUS = 8;
/** Of event loop delays. Their median is told: on a busy machine the loop is late now and then, whatever runs. */
const ROUNDS = 11;
const lines = [
  '- driver 550.54.15',
  ...Array.from({ length: GPUS }, (_, i) => `${i} uuid GPU-0000000${i}-1111-2222-3333-444444444444`),
  '* name Stand-in GPU 80GB',
  '* memory 85899345920 1073741824 64424509440 20401094656',
  '* utilization 80 40',
  '* coders 0 0',
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

const folder = mkdtempSync(join(tmpdir(), 'gpu-sample-'));
const library = join(folder, 'libnvidia-ml.so.1');
copyFileSync(await compiledNvml(), library);
function script(...more) {
  writeFileSync(join(folder, 'next'), `${[...lines, ...more].join('\n')}\n`);
  renameSync(join(folder, 'next'), join(folder, 'script'));
}
script();

const nvidiaSmi = await compiledNvidiaSmi();
const run = promisify(execFile);
const source = new NvmlSource(library);
const { signal } = new AbortController();
const hold = setInterval(() => {}, 1000);

const { cpu, waited } = await compareCost(
  {
    'nvidia-smi spawn': () => run(nvidiaSmi),
    'NVML sample': () => source.sample(signal),
    'NVML glance': () => source.glance(signal),
  },
  { calls: { 'nvidia-smi spawn': 30, 'NVML sample': 500, 'NVML glance': 500 } },
);

const delays = { idle: [], 'with samples': [], 'while a call hangs': [] };
for (let round = 0; round < ROUNDS; round++) {
  delays.idle.push(await longestDelay(() => {}));
  delays['with samples'].push(await longestDelay(() => source.sample(signal)));
  script('* hang nvmlDeviceGetPowerUsage');
  const hanging = source.sample(signal);
  delays['while a call hangs'].push(await longestDelay(() => {}));
  script();
  await hanging;
}
await source.close();
clearInterval(hold);
rmSync(folder, { recursive: true });

/** The longest that the event loop was late in half a second, ns, with something done every 50 ms. */
async function longestDelay(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < 10; i++) {
    await work();
    await sleep(50);
  }
  delay.disable();
  return delay.max;
}

const floor = 'nvidia-smi spawn';
const [idle, sampling, hung] = Object.values(delays).map(median);
report([
  { title: 'GPU sample of 8 devices: CPU', target: 0.02, floor, ours: 'NVML sample', times: cpu },
  { title: 'GPU sample of 8 devices: waiting', floor, ours: 'NVML sample', times: waited },
  {
    title: 'longest delay of the event loop',
    targetNs: 1e6,
    floor: 'idle',
    ours: 'with samples',
    times: { idle, 'with samples': sampling },
  },
  {
    title: 'longest delay of the event loop',
    targetNs: 1e6,
    floor: 'idle',
    ours: 'while a call hangs',
    times: { idle, 'while a call hangs': hung },
  },
]);
