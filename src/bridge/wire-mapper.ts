import type { Channel } from 'node:diagnostics_channel';
import { channelOf } from '../bus/bus.js';
import { TEXT_OF_ERROR_KEYS } from '../catalog/attributes.js';
import { learnPool, replacePool } from './pool-names.js';
import { eventOfName, type NameRefusal } from './wire-name.js';
import { type Convert, errorValue, measurementValue, metadataConversion } from './wire-values.js';

/** Keys of measurements and metadata of one event. */
export const MAX_KEYS = 64;
/** Characters of a key. */
const MAX_KEY_LENGTH = 128;
/** Names that are remembered: those of the catalog, and of the undeclared events, each in all spellings. */
const MAX_MAPPERS = 4096;

type Values = Readonly<Record<string, unknown>>;

const drop: Convert = () => undefined;
/** Keys that describe the origin of an event, which carries it beside its metadata, and one that would replace the prototype. */
const DROPPED_KEYS = ['correlation_id', 'timestamp_ns', 'traceparent', '__proto__'];
const plain = metadataConversion(undefined);

/** Converts the events of one name, with the conversions of its row in the catalog. */
export class WireMapper {
  readonly name: string;
  readonly channel: Channel;
  /** True if the metadata has the time of the event, and a time beside it is that of a relay. */
  readonly hasOwnTime: boolean;
  readonly #conversions = new Map<string, Convert>();
  readonly #namesPool: boolean;

  constructor({ name, definition }: Exclude<ReturnType<typeof eventOfName>, NameRefusal>) {
    this.name = name;
    this.channel = channelOf(name);
    this.hasOwnTime = definition?.metadata.timestamp_ns !== undefined;
    this.#namesPool = definition?.namesPool === true;
    for (const [key, field] of Object.entries(definition?.metadata ?? {})) {
      this.#conversions.set(key, metadataConversion(field));
    }
    // Without a row in the catalog, the keys of exceptions have texts of errors.
    const errorKeys = definition === undefined ? TEXT_OF_ERROR_KEYS : [];
    for (const key of errorKeys) this.#conversions.set(key, errorValue);
    for (const key of DROPPED_KEYS) this.#conversions.set(key, drop);
  }

  measurements(values: Values, keys: readonly string[]): Record<string, number> {
    const converted: Record<string, number> = {};
    for (const key of keys) {
      const value = measurementValue(values[key]);
      if (value !== undefined && key.length <= MAX_KEY_LENGTH && key !== '__proto__') converted[key] = value;
    }
    return converted;
  }

  metadata(values: Values, keys: readonly string[]): Record<string, unknown> {
    const converted: Record<string, unknown> = {};
    for (const key of keys) {
      const convert = this.#conversions.get(key) ?? (key.length <= MAX_KEY_LENGTH ? plain : drop);
      const value = convert(values[key]);
      if (value !== undefined) converted[key] = value;
    }
    if (this.#namesPool) learnPool(converted);
    else replacePool(converted);
    return converted;
  }
}

const mappers = new Map<string, WireMapper>();

/** Returns the mapper of the events that lines call `wireName`, or the reason for which they are refused. */
export function mapperOf(wireName: string): WireMapper | NameRefusal {
  const known = mappers.get(wireName);
  if (known !== undefined) return known;
  const event = eventOfName(wireName);
  if (typeof event === 'string') return event;
  // Any number of names mean the same event past the limit: its mapper is found under the name of the event.
  const key = event.isOther ? event.name : wireName;
  const mapper = mappers.get(key) ?? new WireMapper(event);
  if (mappers.size < MAX_MAPPERS) mappers.set(key, mapper);
  return mapper;
}
