import { context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { gpuCostLedger } from '../gpu/usage/gpu-usage-tracker.js';
import { AUTO, type SpanGpu } from '../gpu/usage/span-gpu.js';
import type { GpuCostAccount } from '../gpu/usage/span-gpu-usage.js';

const ACCOUNT = createContextKey('snakepit.gpu.cost_account');

/** The account of the active span, or of the nearest around it that has one. */
export function activeAccount(): GpuCostAccount | undefined {
  const active = context.active();
  const span = trace.getSpan(active);
  const own = span && gpuCostLedger().accountOf(span);
  return own ?? (active.getValue(ACCOUNT) as GpuCostAccount | undefined);
}

/** Begins to account for what a span uses of a GPU, if anybody will see it. */
export function openAccount(
  gpu: SpanGpu,
  { device }: { readonly device?: unknown },
  span: Span,
  whole: GpuCostAccount | undefined,
): GpuCostAccount | undefined {
  if (!span.isRecording()) return undefined;
  return gpuCostLedger().open(gpu === AUTO && typeof device === 'string' ? device : gpu, span, whole);
}

/** Runs `fn` so that spans inside know that they are part of this account's, whatever spans lie between. */
export function runWithAccount<T>(account: GpuCostAccount, fn: () => T): T {
  return context.with(context.active().setValue(ACCOUNT, account), fn);
}

/** Ends the span as of now. Where it has an account, what it cost is known, and set, a moment later. */
export function endSpanWithCost(span: Span, account: GpuCostAccount | undefined): void {
  if (account === undefined) {
    span.end();
    return;
  }
  const endTime = performance.now();
  gpuCostLedger().close(account, (cost) => {
    span.setAttributes(cost);
    span.end(endTime);
  });
}
