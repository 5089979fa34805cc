import { execute } from 'opentelemetry-instrumentation-snakepit';

interface GpuReadings {
  readonly uuid?: string;
  readonly name?: string;
  readonly used?: number;
  readonly watts?: number;
  /** Null if it was not read. */
  readonly celsius?: number | null;
  readonly throttled?: boolean;
  readonly processes?: readonly (readonly [pid: number, name: string, usedMib: number])[];
}

/** Publishes a sample of one GPU, as the profiler does, and waits for its end. */
export async function sampleGpu(index: number, readings: GpuReadings): Promise<void> {
  const { uuid = `GPU-${index}`, name = 'H100', used = 500, watts = 250, celsius = 60 } = readings;
  const { throttled = false, processes = [] } = readings;
  const identity = { device: `cuda:${index}`, uuid, name, vendor: 'nvidia', index, interval_ms: 1000 };
  execute(
    'snakepit.gpu.memory.sampled',
    { used_mb: used, total_mb: 80_000, free_mb: 80_000 - used },
    { ...identity, utilization: used / 80_000 },
  );
  execute('snakepit.gpu.utilization.sampled', { gpu_percent: 50 }, identity);
  if (celsius !== null) execute('snakepit.gpu.temperature.sampled', { celsius }, identity);
  execute('snakepit.gpu.power.sampled', { watts, limit_watts: 700 }, identity);
  execute('snakepit.gpu.clocks.sampled', { sm_mhz: 1980 }, identity);
  execute('snakepit.gpu.throttle.sampled', { sw_power_cap: throttled ? 1 : 0 }, identity);
  for (const [pid, process, usedMib] of processes)
    execute('snakepit.gpu.process.sampled', { used_mb: usedMib }, { ...identity, pid, process });
  await Promise.resolve();
}

/** Publishes that a GPU was lost. */
export const loseGpu = (index: number, uuid: string): void =>
  execute('snakepit.gpu.device.lost', {}, { device: `cuda:${index}`, uuid });
