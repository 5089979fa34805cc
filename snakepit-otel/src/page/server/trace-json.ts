import type { GpuSeries } from '../contract.js';
import { windowOf } from '../store/gpu-history.js';
import type { Gpus } from '../store/gpus.js';
import type { KeptTrace } from '../store/trace.js';

/** Returns a trace with its spans as JSON. */
export function traceJson(trace: KeptTrace, gpus: Gpus): string {
  const window = windowOf(trace.start - 1000, trace.end + 1000);
  const tracks: Record<string, GpuSeries> = {};
  const { devices } = trace;
  for (const gpu of gpus.all) {
    // On a host with one GPU there is no other that the spans could have used.
    if (devices.includes(gpu.device) || (devices.length === 0 && gpus.all.length === 1))
      tracks[gpu.device] = gpu.history.series(window);
  }
  // A parent is before the children that start with it.
  const spans = [...trace.spans]
    .sort((one, other) => one.start - other.start || other.ms - one.ms)
    .map(({ json }) => json);
  const rest = JSON.stringify({ head: trace.head, dropped: trace.dropped, gpus: tracks });
  return `${rest.slice(0, -1)},"spans":[${spans.join()}]}`;
}
