import { isObserved, publish } from '../bus/bus.js';
import type { ChildProcessOrigin, RemoteOrigin } from '../catalog/any-event.js';
import { INT64_END } from '../common/int64.js';
import { isTraceparent } from '../common/traceparent.js';
import { MAX_KEYS, mapperOf } from './wire-mapper.js';
import { metadataConversion } from './wire-values.js';

/**
 * Reason for which an event of another process was refused:
 * - `not_an_object`: it is not an object
 * - `event_missing`: `event` is missing or empty
 * - `event_name_invalid`: `event` does not match `^[a-z0-9_]+(\.[a-z0-9_]+){0,7}$`, or has more than 128 characters
 * - `event_reserved`: the event is a report of this package about itself
 * - `measurements_invalid`, `metadata_invalid`: they are not objects
 * - `producer_invalid`: `producer` is not a text of 1 to 64 characters
 * - `too_many_keys`: measurements and metadata have more than 64 keys
 * - `unreadable`: a getter of the object threw
 */
export type WireRefusal =
  | 'not_an_object'
  | 'event_missing'
  | 'event_name_invalid'
  | 'event_reserved'
  | 'measurements_invalid'
  | 'metadata_invalid'
  | 'producer_invalid'
  | 'too_many_keys'
  | 'unreadable';

const MAX_PRODUCER_LENGTH = 64;
const INTEGER = /^\d{1,19}$/;
const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({});
const correlationText = metadataConversion(undefined);

/**
 * Publishes an event of another process, as parsed from a line of JSON. Never throws, whatever it contains: a value that cannot be
 * used costs its key, not the event.
 *
 * ```json
 * {"event":"tool.execution.stop","measurements":{"duration":100980},"metadata":{"tool":"embed"},"timestamp_ns":1795695548973168217}
 * ```
 *
 * - `event`: an event of the catalog, one of Snakepit's names on the wire such as `tool.execution.stop`, or any other name, which is
 *   recorded as `snakepit.python.<name>`. At most 500 names that are not in the catalog are kept apart; further ones are
 *   `snakepit.python.other`.
 * - `measurements`: numbers, numeric texts and booleans. `NaN`, `Infinity` and other values are dropped.
 * - `metadata`: texts, numbers and booleans; lists and objects become text. Texts are cut to 1 KiB, texts of errors to 4 KiB.
 * - `timestamp_ns`: time of the event, ns since the epoch, as integer or text
 * - `correlation_id`: id of the request. It counts before `metadata.correlation_id` unless it is empty.
 * - `traceparent`: W3C context under which the event happened; ignored if invalid
 * - `producer`: stream that the event belongs to, at most 64 characters
 *
 * @param wire the parsed object. It is not modified.
 * @param producer stream that an event without `producer` belongs to. @default none
 * @returns `'accepted'`, or the reason for which the event was refused
 */
export function publishWireEvent(wire: unknown, producer?: string): 'accepted' | WireRefusal {
  return publishEventOf(wire, producer, undefined);
}

/** Publishes an event of another process, as `publishWireEvent()` does. @param process child process that emitted it */
export function publishEventOf(
  wire: unknown,
  producer: string | undefined,
  process: ChildProcessOrigin | undefined,
): 'accepted' | WireRefusal {
  try {
    return publishObject(wire, producer, process);
  } catch {
    return 'unreadable';
  }
}

function publishObject(
  wire: unknown,
  defaultProducer: string | undefined,
  process: ChildProcessOrigin | undefined,
): 'accepted' | WireRefusal {
  if (!isObject(wire)) return 'not_an_object';
  const { event, timestamp_ns: timestamp, correlation_id: correlationId, traceparent } = wire;
  if (event === undefined || event === null || event === '') return 'event_missing';
  const mapper = typeof event === 'string' ? mapperOf(event) : 'event_name_invalid';
  if (typeof mapper === 'string') return mapper;
  const producer = producerOf(wire.producer ?? defaultProducer);
  if (producer === null) return 'producer_invalid';
  const measurements = wire.measurements ?? EMPTY;
  if (!isObject(measurements)) return 'measurements_invalid';
  const metadata = wire.metadata ?? EMPTY;
  if (!isObject(metadata)) return 'metadata_invalid';
  const measurementKeys = Object.keys(measurements);
  const metadataKeys = Object.keys(metadata);
  if (measurementKeys.length + metadataKeys.length > MAX_KEYS) return 'too_many_keys';

  const mapped = mapper.metadata(metadata, metadataKeys);
  const correlation = idOf(correlationId) ?? idOf(metadata.correlation_id);
  if (correlation !== undefined) mapped.correlation_id = correlation;
  const { channel } = mapper;
  if (!isObserved(channel, mapper.name)) return 'accepted';
  const ownTime = timeOf(metadata.timestamp_ns);
  const remote: RemoteOrigin = {
    timestampNs: mapper.hasOwnTime ? (ownTime ?? timeOf(timestamp)) : (timeOf(timestamp) ?? ownTime),
    traceparent: traceparentOf(traceparent) ?? traceparentOf(metadata.traceparent),
    producer,
    process,
  };
  publish(
    channel,
    mapper.name,
    mapper.measurements(measurements, measurementKeys),
    mapped,
    undefined,
    remote,
  );
  return 'accepted';
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns true for a value that can identify a stream. */
export const isProducer = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_PRODUCER_LENGTH;

/** Returns `null` for a value that cannot identify a stream. */
function producerOf(value: unknown): string | undefined | null {
  if (value === undefined || value === null) return undefined;
  return isProducer(value) ? value : null;
}

function idOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'object' ? undefined : String(correlationText(value) ?? '') || undefined;
}

const traceparentOf = (value: unknown): string | undefined =>
  typeof value === 'string' && isTraceparent(value) ? value : undefined;

function timeOf(value: unknown): number | bigint | undefined {
  const time = typeof value === 'string' && INTEGER.test(value) ? BigInt(value) : value;
  return (typeof time === 'number' || typeof time === 'bigint') && time > 0 && time < INT64_END
    ? time
    : undefined;
}
