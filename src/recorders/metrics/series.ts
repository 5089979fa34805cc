import type { Tag } from '../../catalog/metric-spec.js';
import { singleLine } from '../../common/single-line.js';

type Attributes = Readonly<Record<string, string | number | boolean>>;
type Metadata = Readonly<Record<string, unknown>>;

/** One attribute set of a metric, and its value since the last collection. */
export interface Series {
  readonly attributes: Attributes;
  /** Pending sum, or newest value. */
  value: number;
  /** True if `value` has been set. */
  live: boolean;
  /** Time at which `value` expires, ms of `performance.now()`. */
  expiresAt: number;
}

type Branch = Map<unknown, Branch | Series>;

/** Attributes of the series that records what exceeds the limit. https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute */
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
const MAX_LABEL_LENGTH = 128;
const DEFAULT_CARDINALITY_LIMIT = 1000;

/**
 * The series of one metric. Finding the series of an event costs one map look-up per tag and no hashing of attributes.
 * The number of series is bounded, whatever the metadata contains.
 */
export class SeriesTable {
  #root: Branch | Series | undefined;
  readonly #all: Series[] = [];
  #overflow: Series | undefined;
  /** Metadata keys, fallback keys and attribute names of the tags, by position. */
  readonly #keys: readonly string[];
  readonly #fallbackKeys: readonly (string | undefined)[];
  readonly #names: readonly string[];
  readonly #constants: Attributes;
  readonly #cardinalityLimit: number;
  readonly #onOverflow: () => void;

  constructor(
    tags: readonly Tag[],
    constants: Attributes = {},
    cardinalityLimit: number = DEFAULT_CARDINALITY_LIMIT,
    onOverflow: () => void = () => {},
  ) {
    this.#constants = constants;
    this.#cardinalityLimit = cardinalityLimit;
    this.#onOverflow = onOverflow;
    this.#keys = tags.map((tag) => (typeof tag === 'string' ? tag : tag.key));
    this.#fallbackKeys = tags.map((tag) => (typeof tag === 'string' ? undefined : tag.fallbackKey));
    this.#names = tags.map((tag) => (typeof tag === 'string' ? tag : tag.as));
  }

  get size(): number {
    return this.#all.length;
  }

  [Symbol.iterator](): Iterator<Series> {
    return this.#all.values();
  }

  find(metadata: Metadata): Series {
    let node = this.#root;
    for (let i = 0; i < this.#keys.length; i++) {
      if (node === undefined) return this.#add(metadata);
      node = (node as Branch).get(this.#raw(metadata, i));
    }
    return (node as Series | undefined) ?? this.#add(metadata);
  }

  /** Drops the series without a value once the table is half full, to make room for new ones. */
  sweep(): void {
    if (this.#all.length < this.#cardinalityLimit / 2) return;
    const live = this.#all.filter((series) => series.live);
    this.#all.length = 0;
    this.#root = undefined;
    this.#overflow = undefined;
    for (const series of live) this.#keep(series);
  }

  #raw(metadata: Metadata, i: number): unknown {
    const value = metadata[this.#keys[i] as string];
    if (value !== undefined && value !== null) return value;
    const fallbackKey = this.#fallbackKeys[i];
    return fallbackKey === undefined ? undefined : metadata[fallbackKey];
  }

  #add(metadata: Metadata): Series {
    // Keys are labels, so that an equal list or object finds its series again.
    const labels = this.#keys.map((_, i) => label(this.#raw(metadata, i)));
    const known = this.#walk(labels);
    if (known !== undefined) return known;
    if (this.#all.length >= this.#cardinalityLimit) {
      if (this.#overflow === undefined) {
        this.#overflow = newSeries(OVERFLOW);
        this.#all.push(this.#overflow);
        this.#onOverflow();
      }
      return this.#overflow;
    }
    const attributes: Record<string, string | number | boolean> = { ...this.#constants };
    labels.forEach((value, i) => {
      const name = this.#names[i];
      if (value !== undefined && name !== undefined) attributes[name] = value;
    });
    const series = newSeries(Object.freeze(attributes));
    this.#keep(series);
    return series;
  }

  #walk(labels: readonly unknown[]): Series | undefined {
    let node = this.#root;
    for (const value of labels) node = (node as Branch | undefined)?.get(value);
    return node as Series | undefined;
  }

  #keep(series: Series): void {
    this.#all.push(series);
    if (series.attributes === OVERFLOW) {
      this.#overflow = series;
      return;
    }
    const last = this.#names.at(-1);
    if (last === undefined) {
      this.#root = series;
      return;
    }
    this.#root ??= new Map();
    let branch = this.#root as Branch;
    for (const name of this.#names.slice(0, -1)) {
      const value = series.attributes[name];
      const next = branch.get(value) ?? new Map();
      branch.set(value, next);
      branch = next as Branch;
    }
    branch.set(series.attributes[last], series);
  }
}

/** The series of a metric that several definitions feed, each with its own constant attributes. */
export class SeriesTables {
  readonly #byConstants = new Map<string, SeriesTable>();
  readonly #tags: readonly Tag[];
  readonly #cardinalityLimit: number | undefined;
  readonly #onOverflow: (() => void) | undefined;

  /** @param cardinalityLimit attribute sets of each table. @default 1000 */
  constructor(tags: readonly Tag[], cardinalityLimit?: number, onOverflow?: () => void) {
    this.#tags = tags;
    this.#cardinalityLimit = cardinalityLimit;
    this.#onOverflow = onOverflow;
  }

  /** Returns the table of the series with these constant attributes. */
  with(constants: Attributes = {}): SeriesTable {
    const key = JSON.stringify(constants);
    const known = this.#byConstants.get(key);
    if (known !== undefined) return known;
    const table = new SeriesTable(this.#tags, constants, this.#cardinalityLimit, this.#onOverflow);
    this.#byConstants.set(key, table);
    return table;
  }

  get size(): number {
    let size = 0;
    for (const table of this.#byConstants.values()) size += table.size;
    return size;
  }

  sweep(): void {
    for (const table of this.#byConstants.values()) table.sweep();
  }

  *[Symbol.iterator](): Iterator<Series> {
    for (const table of this.#byConstants.values()) yield* table;
  }
}

const newSeries = (attributes: Attributes): Series => ({
  attributes,
  value: 0,
  live: false,
  expiresAt: Number.POSITIVE_INFINITY,
});

/** Returns a metadata value as a metric attribute: at most 128 characters on one line; absent if null. */
function label(value: unknown): string | number | boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (Array.isArray(value))
    return singleLine(value.map((item) => singleLine(item)).join(':'), MAX_LABEL_LENGTH);
  return singleLine(value, MAX_LABEL_LENGTH);
}
