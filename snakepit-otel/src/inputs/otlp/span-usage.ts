import type { Attributes } from '@opentelemetry/api';
import {
  gpuUsageTracker,
  hasReadings,
  knowsCalls,
  processOfCall,
  processUsage,
  type SpanProcess,
} from 'opentelemetry-instrumentation-snakepit/internal';

/** What the GPU usage of a received span depends on. */
export interface UsageSpan {
  /** Start and end, ns since the epoch; not positive if unknown. */
  readonly start: number;
  readonly end: number;
  /** Value of `snakepit.device`; empty without one. */
  readonly device: string;
  /** True if the span has GPU usage already. */
  readonly hasUsage: boolean;
}

export const DEVICE = 'snakepit.device';
/** Begins the keys of GPU usage. */
export const USAGE_PREFIX = 'snakepit.gpu.';

/** Resources of a request whose processes are found: each costs reads of two files at most. */
export const MAX_RESOURCES = 1000;

const NS_PER_MS = 1e6;
const PROCESS_ID = 'process.pid';

/**
 * Returns the attributes of the GPU usage of a span; `undefined` if it has them already, or if it is not known which GPU it used.
 *
 * @param resource process that the resource of the span names
 */
export function usageOfSpan(
  span: UsageSpan,
  resource: SpanProcess | undefined,
  correlationId: string,
): Attributes | undefined {
  const { start, end, hasUsage } = span;
  if (hasUsage || !(start > 0) || !(end >= start)) return undefined;
  const device = span.device || resource?.device;
  const process = resource?.pid === undefined ? processOfCall(correlationId) : resource;
  if (process === undefined && device === undefined) return undefined;
  return processUsage({ ...process, device }, start / NS_PER_MS, end / NS_PER_MS);
}

/** Takes a reading for the spans of a request that have ended just now, if it is cheap and the request may have spans with GPU usage. */
export async function readForSpans(body: Buffer): Promise<void> {
  if (!hasReadings() || !(knowsCalls() || body.includes(PROCESS_ID) || body.includes(DEVICE))) return;
  await new Promise<void>((done) => gpuUsageTracker().afterReading(performance.now(), done));
}
