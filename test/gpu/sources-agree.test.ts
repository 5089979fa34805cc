// The profiler publishes the same events for a GPU with both NVIDIA sources. Library and nvidia-smi are fakes.
import { delimiter } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { gpuSampleEvents } from '../../src/catalog/events/gpu-samples.js';
import { GPUProfiler, type GpuProfilerOptions } from '../../src/index.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { type FakeNvml, fakeNvml, fullFakeGpu, GIB, noCompiler } from '../fakes/nvml.js';

const SAMPLED = Object.keys(gpuSampleEvents);
/** Events that only NVML has readings for. */
const NVML_ONLY = [
  'snakepit.gpu.energy.sampled',
  'snakepit.gpu.nvlink.sampled',
  'snakepit.gpu.activity.sampled',
  'snakepit.gpu.mps.sampled',
];
/** Events for which NVML has further readings. */
const NVML_MORE = ['snakepit.gpu.pcie.sampled', 'snakepit.gpu.throttle_time.sampled'];

const SW_POWER_CAP = 0x4;
const GPU = fullFakeGpu(0, { compute: [[1, 3 * GIB]], reasons: SW_POWER_CAP, fans: [45] });
const { uuid, name } = GPU;
const TABLE = [
  ['index', '0'],
  ['uuid', uuid],
  ['name', name],
  ['pci.bus_id', '00000000:1B:00.0'],
  ['driver_version', '550.54.15'],
  ['vbios_version', '96.00.74.00.01'],
  ['serial', '1650923012345'],
  ['memory.total', '81920 MiB'],
  ['memory.reserved', '1024 MiB'],
  ['memory.used', '19456 MiB'],
  ['memory.free', '61440 MiB'],
  ['utilization.gpu', '80 %'],
  ['utilization.memory', '40 %'],
  ['utilization.encoder', '5 %'],
  ['utilization.decoder', '6 %'],
  ['temperature.gpu', '60'],
  ['temperature.memory', '71'],
  ['power.draw', '300.50 W'],
  ['enforced.power.limit', '700.00 W'],
  ['clocks.current.graphics', '1980 MHz'],
  ['clocks.current.sm', '1981 MHz'],
  ['clocks.current.memory', '2619 MHz'],
  ['clocks.current.video', '1545 MHz'],
  ['clocks_event_reasons.active', '0x0000000000000004'],
  ['fan.speed', '45 %'],
  ['ecc.errors.corrected.volatile.total', '3'],
  ['pcie.link.gen.gpucurrent', '1'],
  ['pcie.link.gen.max', '5'],
  ['pcie.link.width.current', '8'],
  ['pcie.link.width.max', '16'],
  ['ecc.errors.uncorrected.volatile.total', '1'],
  ['ecc.errors.corrected.aggregate.total', '30'],
  ['ecc.errors.uncorrected.aggregate.total', '10'],
  ['retired_pages.single_bit_ecc.count', '11'],
  ['retired_pages.double_bit.count', '12'],
  ['retired_pages.pending', 'No'],
  ['remapped_rows.correctable', '13'],
  ['remapped_rows.uncorrectable', '14'],
  ['remapped_rows.pending', 'No'],
  ['remapped_rows.failure', 'No'],
  ['clocks_event_reasons_counters.sw_power_cap', '1000000 us'],
  ['clocks_event_reasons_counters.sync_boost', '3000000 us'],
  ['clocks_event_reasons_counters.sw_thermal_slowdown', '7000000 us'],
  ['clocks_event_reasons_counters.hw_thermal_slowdown', '8000000 us'],
  ['clocks_event_reasons_counters.hw_power_brake_slowdown', '9000000 us'],
  ['gpu_recovery_action', 'None'],
] as const;

let nvml: FakeNvml;
let nvidiaSmi: FakeNvidiaSmi;
beforeEach(async () => {
  [nvml, nvidiaSmi] = await Promise.all([fakeNvml({ gpus: [GPU] }), fakeNvidiaSmi()]);
  await nvidiaSmi.printsTable([0, 1].map((row) => TABLE.map((cells) => cells[row]).join(', ')).join('\n'));
  await nvidiaSmi.printsProcesses(`${uuid}, 1, /usr/sbin/init, 3072\n`);
  vi.stubEnv('PATH', `${nvidiaSmi.folder}${delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([nvml.remove(), nvidiaSmi.remove()]);
});

/** Returns the last event of each name, once all expected ones were published. */
async function published(options: GpuProfilerOptions, expected: readonly string[]) {
  const events = new Map<string, AnyEvent>();
  const unsubscribe = SAMPLED.map((event) =>
    subscribe(event, (published) => void events.set(event, published)),
  );
  const profiler = new GPUProfiler({ intervalMs: 100, ...options });
  try {
    await vi.waitUntil(() => expected.every((event) => events.has(event)), 10_000);
  } finally {
    await profiler.shutdown();
    for (const each of unsubscribe) each();
  }
  // The kernel and nvidia-smi report different process names.
  return Object.fromEntries(
    [...events].map(
      ([
        event,
        {
          measurements,
          metadata: { process: _, ...metadata },
        },
      ]) => [event, { measurements, metadata }],
    ),
  );
}

test.skipIf(noCompiler)(
  'publishes the same events with NVML as with nvidia-smi, except those that only NVML has',
  async () => {
    const fromNvml = await published({ source: 'nvml', nvmlLibrary: nvml.library }, SAMPLED);
    const shared = SAMPLED.filter((event) => !NVML_ONLY.includes(event));
    const fromNvidiaSmi = await published({ source: 'nvidia-smi' }, shared);
    expect(Object.keys(fromNvidiaSmi).toSorted()).toEqual(shared.toSorted());
    for (const event of NVML_ONLY) delete fromNvml[event];
    expect(fromNvml).toMatchObject(fromNvidiaSmi);
    for (const event of NVML_MORE) {
      delete fromNvml[event];
      delete fromNvidiaSmi[event];
    }
    expect(fromNvidiaSmi).toEqual(fromNvml);
  },
);
