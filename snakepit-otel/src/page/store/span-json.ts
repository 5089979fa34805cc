import type { AttributeValue, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { cleanText } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Attributes, Span, SpanEvent } from '../contract.js';
import { MAX_TEXT, MAX_TRACEBACK } from './limits.js';
import { serviceName } from './service-name.js';
import { numberOf, textOf } from './values.js';

/** Characters of the attributes of a span, and of all of its events. */
const MAX_ATTRIBUTES = 16 * 1024;
const MAX_EVENTS = 32 * 1024;
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;
/** https://opentelemetry.io/docs/specs/semconv/exceptions/ */
const STACKTRACE = 'exception.stacktrace';

/** A span as the page shows it. */
export function spanOf(span: ReadableSpan): Span {
  const { attributes } = span;
  const start = millisecondsOf(span.startTime);
  const budget = { characters: MAX_ATTRIBUTES };
  const eventBudget = { characters: MAX_EVENTS };
  const device = textOf(attributes['snakepit.gpu.device'], 64);
  const joules = numberOf(attributes['snakepit.gpu.energy.joules']);
  const peakMemory = numberOf(attributes['snakepit.gpu.memory.peak_mb']);
  const message = textOf(span.status.message, MAX_TEXT);
  return {
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId ?? '',
    name: textOf(span.name) ?? '',
    kind: KINDS[span.kind] ?? 'internal',
    service: textOf(serviceName(span.resource)) ?? '',
    start,
    ms: millisecondsOf(span.duration),
    status: STATUSES[span.status.code] ?? 'unset',
    ...(message === undefined ? undefined : { statusMessage: message }),
    attributes: attributesOf(attributes, budget),
    events: span.events.flatMap((event): SpanEvent[] =>
      eventBudget.characters <= 0
        ? []
        : [
            {
              ts: millisecondsOf(event.time),
              name: textOf(event.name) ?? '',
              attributes: attributesOf(event.attributes ?? {}, eventBudget),
            },
          ],
    ),
    ...(device === undefined ? undefined : { device }),
    ...(joules === undefined ? undefined : { joules }),
    ...(peakMemory === undefined ? undefined : { peakMemory }),
  };
}

export const millisecondsOf = ([seconds, nanoseconds]: HrTime): number => seconds * 1000 + nanoseconds / 1e6;

type AnyAttributes = Readonly<Record<string, AttributeValue | undefined>>;

/** Returns attributes as they are exported, with shorter texts, until the budget is used up. */
export function attributesOf(attributes: AnyAttributes, budget: { characters: number }): Attributes {
  const result: Record<string, string | number | boolean | readonly string[]> = {};
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const shown = shownValue(value, key === STACKTRACE ? MAX_TRACEBACK : MAX_TEXT);
    budget.characters -= key.length + lengthOf(shown);
    if (budget.characters < 0) break;
    result[cleanText(key, 256)] = shown;
  }
  return result;
}

function shownValue(value: AttributeValue, limit: number): string | number | boolean | readonly string[] {
  if (typeof value === 'string') return cleanText(value, limit);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return cleanText(String(value), limit);
  return value.slice(0, 128).map((item) => cleanText(String(item), limit));
}

const lengthOf = (value: string | number | boolean | readonly string[]): number => {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? value.reduce((sum, item) => sum + item.length + 3, 0) : 8;
};
