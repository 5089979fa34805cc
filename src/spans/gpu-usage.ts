import { context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { resolveWorkerDevice } from '../catalog/worker-device.js';
import { ALL_DEVICES, visibleDevices } from '../catalog/worker-environment.js';
import { gpuUsageTracker } from '../gpu/usage/gpu-usage-tracker.js';
import { AUTO, type SpanGpu } from '../gpu/usage/span-gpu.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';

const USAGE_KEY = createContextKey('snakepit.gpu.usage');

/** Returns the GPU usage of the active span, or of the nearest enclosing span that has one. */
export function activeUsage(): SpanGpuUsage | undefined {
  const active = context.active();
  const span = trace.getSpan(active);
  const own = span && gpuUsageTracker().usageOf(span);
  return own ?? (active.getValue(USAGE_KEY) as SpanGpuUsage | undefined);
}

/** Starts to track the GPU usage of a span, if the span is recorded. @param parent usage of the enclosing span */
export function openUsage(
  gpu: SpanGpu,
  { device }: { readonly device?: unknown },
  span: Span,
  parent: SpanGpuUsage | undefined,
): SpanGpuUsage | undefined {
  if (!span.isRecording()) return undefined;
  if (gpu !== AUTO || typeof device !== 'string') return gpuUsageTracker().open(gpu, span, parent);
  const own = ownDevice(device);
  return own === undefined ? undefined : gpuUsageTracker().open(own, span, parent);
}

/** Returns the driver's name of a device of this process; `undefined` if that cannot be known. */
function ownDevice(device: string): string | undefined {
  const gpus = gpuUsageTracker().gpus();
  const worker = visibleDevices(process.env, device);
  // Without a reading, there is no other GPU to confuse it with yet.
  if (gpus.length === 0 && worker.visible === ALL_DEVICES) return device;
  return resolveWorkerDevice(device, worker, gpus)?.device;
}

/** Runs `fn` so that spans inside it count as part of this usage, whatever spans lie between. */
export function runWithUsage<T>(usage: SpanGpuUsage, fn: () => T): T {
  return context.with(context.active().setValue(USAGE_KEY, usage), fn);
}

/**
 * Ends the span. GPU usage is known and set a moment later.
 *
 * @param endedAt end, ms of `performance.now()`. @default now
 */
export function endSpanWithUsage(span: Span, usage: SpanGpuUsage | undefined, endedAt?: number): void {
  if (usage === undefined) {
    span.end(endedAt);
    return;
  }
  const endTime = endedAt ?? performance.now();
  gpuUsageTracker().close(usage, (attributes) => {
    span.setAttributes(attributes);
    span.end(endTime);
  });
}
