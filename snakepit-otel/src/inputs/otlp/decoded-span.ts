import type { AttributeValue } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';

/** A span of a request to export. Ids are in hexadecimal; `parentId` is empty for a root. Times are ns since 1970. */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  /** Number of OTLP: 1 is internal. */
  readonly kind: number;
  readonly flags: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly events: readonly DecodedEvent[];
  readonly resource: Resource;
}

export interface DecodedEvent {
  readonly time: bigint;
  readonly name: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** The most that is decoded: requests are made by other processes. */
export const MOST_SPANS = 5000;
/** Attributes or events of a span, and items of a list. */
export const MOST_ITEMS = 128;
/** Lists in lists. */
export const MOST_LEVELS = 4;
/** Values of a span, those of its events and within other values included. */
const MOST_VALUES = 20_000;
/** Bytes of a text. */
export const MOST_BYTES = 65_536;

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

/** Returns true if the span has its place in a trace: valid ids, and a start. */
export const isPlaced = ({ traceId, spanId, start }: DecodedSpan): boolean =>
  start > 0n && TRACE_ID.test(traceId) && SPAN_ID.test(spanId);

/** Returns a decoded value as a value of an attribute: a value within values as JSON. */
export function attributeValue(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item ?? null)));
}

/** Counts the values of a span. */
export class ValueBudget {
  #rest = MOST_VALUES;

  /** Takes a value. Returns false if there were too many. */
  take(): boolean {
    return this.#rest-- > 0;
  }
}
