import type { Span } from '@opentelemetry/api';
import type { GpuCostAccount } from '../gpu/cost-account.js';
import { gpuCostLedger } from '../gpu/cost-ledger.js';
import { AUTO, type SpanGpu } from '../gpu/span-gpu.js';

/** Begins to account for what a span uses of a GPU, if anybody will see it. */
export function openAccount(
  gpu: SpanGpu,
  { device }: { readonly device?: unknown },
  span: Span,
  parent: Span | undefined,
): GpuCostAccount | undefined {
  if (!span.isRecording()) return undefined;
  return gpuCostLedger().open(gpu === AUTO && typeof device === 'string' ? device : gpu, span, parent);
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
