// Use of GPUs by processes. The stand-in's lists have entries that were never written, as those of drivers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import { type FakeGpu, type FakeNvml, fakeGpu, fakeNvml, GIB, noCompiler } from '../../../fakes/nvml.js';
import { until } from '../../../helpers/fixtures.js';

let nvml: FakeNvml;
let source: NvmlSource;

type Use = NonNullable<FakeGpu['uses']>[number];
const nowUs = () => Math.floor(Date.now() * 1000);
const busy = (pid: number, sm: number, timestamp = nowUs()): Use => [pid, timestamp, sm, 20, 3, 4];
const gpu = (uses: readonly Use[] | undefined, rest: FakeGpu = {}) =>
  fakeGpu(0, {
    compute: [
      [101, 2 * GIB],
      [102, GIB],
    ],
    uses,
    ...rest,
  });

async function start(first: FakeGpu, without: readonly string[] = []): Promise<void> {
  nvml = await fakeNvml({ gpus: [first] }, without);
  source = new NvmlSource(nvml.library);
}
const processes = async () => {
  const { readings, faults } = await source.sample(new AbortController().signal);
  expect(faults).toEqual([]);
  return (readings[0]?.processes ?? []).map(({ pid, gpuPercent }) => [pid, gpuPercent]);
};
/** Replaces the script, and samples until the utilization is read again, a second after it was read last. */
const later = async (next: FakeGpu, fn = 'nvmlDeviceGetProcessesUtilizationInfo') => {
  await nvml.script({ gpus: [next] });
  const before = nvml.calls(fn);
  return until(async () => {
    const list = await processes();
    return nvml.calls(fn) > before && list;
  });
};

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await source?.close();
  await nvml?.remove();
});

it('reads SM, memory, encoder and decoder of each process since the previous sample', async () => {
  await start(gpu([busy(101, 90, 1000)]));
  // The first list is about all that the driver remembers.
  expect(await processes()).toEqual([
    [101, undefined],
    [102, undefined],
  ]);
  await later(gpu([busy(101, 40), busy(102, 7)]));
  const { readings } = await source.sample(new AbortController().signal);
  expect(readings[0]?.processes).toMatchObject([
    {
      pid: 101,
      usedMib: 2048,
      gpuPercent: 40,
      memoryControllerPercent: 20,
      encoderPercent: 3,
      decoderPercent: 4,
    },
    { pid: 102, gpuPercent: 7 },
  ]);
});

it('uses the older function if the driver lacks the newer one', async () => {
  await start(gpu([]), ['nvmlDeviceGetProcessesUtilizationInfo']);
  await processes();
  expect(await later(gpu([busy(101, 40)]), 'nvmlDeviceGetProcessUtilization')).toEqual([
    [101, 40],
    [102, undefined],
  ]);
});

it.each([25, 3, 26])('uses the older function if the newer one returns %i', async (code) => {
  const rest = { returns: { nvmlDeviceGetProcessesUtilizationInfo: code } };
  await start(gpu([], rest));
  await processes();
  expect(await later(gpu([busy(102, 40)], rest), 'nvmlDeviceGetProcessUtilization')).toEqual([
    [101, undefined],
    [102, 40],
  ]);
  expect(nvml.calls('nvmlDeviceGetProcessesUtilizationInfo')).toBe(1);
});

describe('ignores an entry', () => {
  it.each([
    ['of a process that is not on the device', busy(999, 50)],
    ['of more than 100 %', busy(102, 4_294_967_295)],
    ['older than what was read before', busy(102, 50, 5)],
    ['of the future', busy(102, 50, nowUs() * 2)],
  ])('%s', async (_what, entry) => {
    await start(gpu([busy(101, 90, 1000)]));
    await processes();
    expect(await later(gpu([busy(101, 40), entry]))).toEqual([
      [101, 40],
      [102, undefined],
    ]);
  });
});

it('takes the newest of several entries of a process', async () => {
  await start(gpu([]));
  await processes();
  const now = nowUs();
  expect(await later(gpu([busy(101, 10, now - 10), busy(101, 30, now), busy(101, 20, now - 5)]))).toEqual([
    [101, 30],
    [102, undefined],
  ]);
});

it('reports 0 for a process that has stopped using the GPU, and nothing for one that was never listed', async () => {
  await start(gpu([]));
  await processes();
  await later(gpu([busy(101, 40)]));
  expect(await later(gpu([]))).toEqual([
    [101, 0],
    [102, undefined],
  ]);
});

it('asks for what came after the newest entry that it used', async () => {
  await start(gpu([]));
  await processes();
  const used = busy(101, 40);
  await later(gpu([used]));
  // The entry is still in the driver's memory.
  expect(await later(gpu([used]))).toEqual([
    [101, 0],
    [102, undefined],
  ]);
});

it('does not ask again on a device without it', async () => {
  await start(gpu(undefined));
  for (let i = 0; i < 3; i++) await processes();
  expect([
    nvml.calls('nvmlDeviceGetProcessesUtilizationInfo'),
    nvml.calls('nvmlDeviceGetProcessUtilization'),
  ]).toEqual([1, 1]);
});

it('does not ask for MIG devices, which have none', async () => {
  const slice = { uuid: 'MIG-0', compute: [[101, GIB]] as const, uses: [] };
  await start(gpu([], { migDevices: [slice] }));
  const { readings } = await source.sample(new AbortController().signal);
  expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:0:0']);
  // Once for the GPU, whose driver refuses it in MIG mode, by each function.
  expect([
    nvml.calls('nvmlDeviceGetProcessesUtilizationInfo'),
    nvml.calls('nvmlDeviceGetProcessUtilization'),
  ]).toEqual([1, 1]);
});
