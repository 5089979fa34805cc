import { context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { gpuUsageTracker } from '../gpu/usage/gpu-usage-tracker.js';
import { AUTO, type SpanGpu } from '../gpu/usage/span-gpu.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';

const USAGE_KEY = createContextKey('snakepit.gpu.cost_account');

/** The account of the active span, or of the nearest around it that has one. */
export function activeUsage(): SpanGpuUsage | undefined {
  const active = context.active();
  const span = trace.getSpan(active);
  const own = span && gpuUsageTracker().usageOf(span);
  return own ?? (active.getValue(USAGE_KEY) as SpanGpuUsage | undefined);
}

/** Begins to account for what a span uses of a GPU, if anybody will see it. */
export function openUsage(
  gpu: SpanGpu,
  { device }: { readonly device?: unknown },
  span: Span,
  whole: SpanGpuUsage | undefined,
): SpanGpuUsage | undefined {
  if (!span.isRecording()) return undefined;
  return gpuUsageTracker().open(gpu === AUTO && typeof device === 'string' ? device : gpu, span, whole);
}

/** Runs `fn` so that spans inside know that they are part of this account's, whatever spans lie between. */
export function runWithUsage<T>(account: SpanGpuUsage, fn: () => T): T {
  return context.with(context.active().setValue(USAGE_KEY, account), fn);
}

/** Ends the span as of now. Where it has an account, what it cost is known, and set, a moment later. */
export function endSpanWithUsage(span: Span, account: SpanGpuUsage | undefined): void {
  if (account === undefined) {
    span.end();
    return;
  }
  const endTime = performance.now();
  gpuUsageTracker().close(account, (cost) => {
    span.setAttributes(cost);
    span.end(endTime);
  });
}
