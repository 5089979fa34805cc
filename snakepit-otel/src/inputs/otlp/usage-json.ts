import type { Attributes } from '@opentelemetry/api';
import type { ResourceValues } from './resource-process.js';
import { DEVICE, USAGE_PREFIX, type UsageSpan } from './span-usage.js';

/** The parts of a request in JSON that are read here. Its sender may have sent anything. */
interface JsonSpan {
  readonly startTimeUnixNano?: unknown;
  readonly endTimeUnixNano?: unknown;
  readonly attributes?: unknown;
}
interface JsonAttribute {
  readonly key?: unknown;
  readonly value?: { readonly stringValue?: unknown; readonly intValue?: unknown } | null;
}

const MAX_ATTRIBUTES = 128;

/** Reads the attributes of a resource that are texts or integers. */
export function readJsonResource(group: object): ResourceValues {
  const values: Record<string, string | number> = Object.create(null);
  const { resource } = group as { readonly resource?: { readonly attributes?: unknown } | null };
  for (const attribute of attributesIn(resource?.attributes).slice(0, MAX_ATTRIBUTES)) {
    const { key, scalar } = entryOf(attribute);
    if (scalar !== undefined) values[key] = scalar;
  }
  return values;
}

/** Reads what the GPU usage of a span depends on. */
export function readJsonUsageSpan({ startTimeUnixNano, endTimeUnixNano, attributes }: JsonSpan): UsageSpan {
  let [device, hasUsage] = ['', false];
  for (const attribute of attributesIn(attributes)) {
    const { key, scalar } = entryOf(attribute);
    if (key.startsWith(USAGE_PREFIX)) hasUsage = true;
    else if (key === DEVICE) device = String(scalar ?? '');
  }
  return { start: Number(startTimeUnixNano ?? 0), end: Number(endTimeUnixNano ?? 0), device, hasUsage };
}

/** Returns attributes as items of a list. */
export const jsonAttributes = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([key, value]) => JSON.stringify({ key, value: encoded(value) }))
    .join();

const attributesIn = (list: unknown): readonly (JsonAttribute | null)[] => (Array.isArray(list) ? list : []);

function entryOf(attribute: JsonAttribute | null): { key: string; scalar: string | number | undefined } {
  const { stringValue, intValue } = attribute?.value ?? {};
  const key = typeof attribute?.key === 'string' ? attribute.key : '';
  if (typeof stringValue === 'string') return { key, scalar: stringValue };
  return { key, scalar: intValue === undefined ? undefined : Number(intValue) };
}

function encoded(value: unknown): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  // Integers of 64 bits are texts in the JSON of Protocol Buffers.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
