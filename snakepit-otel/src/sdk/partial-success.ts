import { singleLine } from 'opentelemetry-instrumentation-snakepit/internal';

/** Items that a collector rejected although it accepted the request: https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
export interface Rejection {
  readonly count: number;
  /** Text of the collector; empty without one. */
  readonly reason: string;
}

/** Returns what a collector rejected, from its answer as the exporters decode it; undefined if it rejected nothing. */
export function rejectionIn(answer: unknown): Rejection | undefined {
  const { partialSuccess } = Object(answer) as { readonly partialSuccess?: unknown };
  const rejected = Object(partialSuccess) as Readonly<Record<string, unknown>>;
  const { rejectedSpans, rejectedDataPoints, rejectedLogRecords, errorMessage } = rejected;
  const count = countOf(rejectedSpans ?? rejectedDataPoints ?? rejectedLogRecords);
  if (!(count > 0)) return undefined;
  return { count, reason: typeof errorMessage === 'string' ? singleLine(errorMessage) : '' };
}

/** Integers of 64 bits are texts in the JSON of Protocol Buffers. */
const countOf = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'string' ? Math.floor(Number(value)) : 0;
