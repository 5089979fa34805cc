import { type Label, label } from './label.js';
import type { TagSource } from './tag-value.js';

type Attributes = Readonly<Record<string, Label>>;
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

/** Series by the text of a label. Numbers, booleans and bigints lead to the branch of their text. */
type Branch = Map<unknown, Branch | Series>;

/** Attributes of the series that records what exceeds the limit. https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute */
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
/** Default limit of OTel. https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits */
const DEFAULT_CARDINALITY_LIMIT = 2000;

/** The series of one metric. Their number is bounded, whatever the metadata contains. */
export class SeriesTables {
  readonly #byConstants = new Map<string, SeriesTable>();
  readonly #tags: readonly TagSource[];
  readonly #limit: number;
  readonly #onOverflow: () => void;
  #all: Series[] = [];
  #overflow: Series | undefined;

  /** @param cardinalityLimit attribute sets of the metric, with that of the overflow. @default 2000 */
  constructor(
    tags: readonly TagSource[],
    cardinalityLimit: number = DEFAULT_CARDINALITY_LIMIT,
    onOverflow: () => void = () => {},
  ) {
    this.#tags = tags;
    this.#limit = cardinalityLimit;
    this.#onOverflow = onOverflow;
  }

  /** Returns the table of the series with these constant attributes. */
  with(constants: Attributes = {}): SeriesTable {
    const key = JSON.stringify(Object.entries(constants).sort());
    let table = this.#byConstants.get(key);
    if (table === undefined) {
      table = new SeriesTable(this.#tags, constants, (attributes) => this.#create(attributes));
      this.#byConstants.set(key, table);
    }
    return table;
  }

  get size(): number {
    return this.#all.length;
  }

  [Symbol.iterator](): Iterator<Series> {
    return this.#all.values();
  }

  /**
   * Removes the series without a value, to make room for new ones. Only for instruments whose series the SDK drops as well:
   * the storage of a synchronous instrument keeps every attribute set that it has ever received.
   */
  sweep(): void {
    const kept = this.#all.filter((series) => series.live);
    if (kept.length === this.#all.length) return;
    this.#all = kept;
    if (this.#overflow?.live === false) this.#overflow = undefined;
    for (const table of this.#byConstants.values()) table.sweep();
  }

  /** Returns a new series, or that of the overflow if only the last place is left. */
  #create(attributes: Attributes): { readonly series: Series; readonly isOverflow: boolean } {
    const isOverflow = this.#all.length - (this.#overflow === undefined ? 0 : 1) >= this.#limit - 1;
    if (isOverflow && this.#overflow !== undefined) return { series: this.#overflow, isOverflow };
    const series: Series = {
      attributes: isOverflow ? OVERFLOW : Object.freeze(attributes),
      value: 0,
      live: false,
      expiresAt: Number.POSITIVE_INFINITY,
    };
    this.#all.push(series);
    if (isOverflow) {
      this.#overflow = series;
      this.#onOverflow();
    }
    return { series, isOverflow };
  }
}

/**
 * The series of a metric that share their constant attributes. Finding the series of an event costs one map look-up per tag and
 * no hashing of attributes.
 */
export class SeriesTable {
  #root: Branch | Series | undefined;
  /** Series by metadata that cannot change. */
  #byMetadata = new WeakMap<Metadata, Series>();
  /** Metadata keys, fallback keys, conversions and attribute names of the tags, by position. */
  readonly #keys: readonly string[];
  readonly #fallbackKeys: readonly (string | undefined)[];
  readonly #conversions: readonly TagSource['convert'][];
  readonly #names: readonly string[];
  readonly #constants: Attributes;
  readonly #create: (attributes: Attributes) => { readonly series: Series; readonly isOverflow: boolean };

  constructor(
    tags: readonly TagSource[],
    constants: Attributes,
    create: (attributes: Attributes) => { readonly series: Series; readonly isOverflow: boolean },
  ) {
    this.#constants = constants;
    this.#create = create;
    this.#keys = tags.map(({ key }) => key);
    this.#fallbackKeys = tags.map(({ fallbackKey }) => fallbackKey);
    this.#conversions = tags.map(({ convert }) => convert);
    this.#names = tags.map(({ name }) => name);
  }

  /** Returns the series of an event, a new one if necessary. */
  find(metadata: Metadata): Series {
    let node = this.#root;
    for (let i = 0; i < this.#keys.length; i++) {
      if (node === undefined) return this.#add(metadata);
      node = (node as Branch).get(this.#raw(metadata, i));
    }
    return (node as Series | undefined) ?? this.#add(metadata);
  }

  /**
   * Returns the series of an event that recurs with the same, frozen metadata, as those of samples do: costs one look-up, however
   * many tags there are.
   */
  findRecurring(metadata: Metadata): Series {
    const known = this.#byMetadata.get(metadata);
    if (known !== undefined) return known;
    const series = this.find(metadata);
    if (series.attributes !== OVERFLOW && this.#isConstant(metadata)) this.#byMetadata.set(metadata, series);
    return series;
  }

  /** Returns the series of an event if it has one of its own. */
  known(metadata: Metadata): Series | undefined {
    return this.#walk(this.#keys.map((_, i) => textOf(label(this.#raw(metadata, i)))));
  }

  /** Removes the series without a value. */
  sweep(): void {
    if (this.#root === undefined) return;
    this.#byMetadata = new WeakMap();
    const isEmpty = removeDead(this.#root, this.#names.length);
    if (isEmpty) this.#root = undefined;
  }

  /** Returns true if neither the metadata nor the values of its tags can change. */
  #isConstant(metadata: Metadata): boolean {
    return (
      Object.isFrozen(metadata) &&
      this.#conversions.every((convert) => convert === undefined) &&
      this.#keys.every((key) => isPrimitive(metadata, key)) &&
      this.#fallbackKeys.every((key) => key === undefined || isPrimitive(metadata, key))
    );
  }

  /** Returns the value of a tag, which is the label but for its form. */
  #raw(metadata: Metadata, i: number): unknown {
    const value = metadata[this.#keys[i] as string];
    if (value !== undefined && value !== null) {
      const convert = this.#conversions[i];
      return convert === undefined ? value : convert(value);
    }
    const fallbackKey = this.#fallbackKeys[i];
    return fallbackKey === undefined ? undefined : metadata[fallbackKey];
  }

  #add(metadata: Metadata): Series {
    const raw = this.#keys.map((_, i) => this.#raw(metadata, i));
    const labels = raw.map(label);
    const path = labels.map(textOf);
    const known = this.#walk(path);
    if (known !== undefined) {
      this.#keep(known, path, raw);
      return known;
    }
    const attributes: Record<string, Label> = { ...this.#constants };
    labels.forEach((value, i) => {
      if (value !== undefined) attributes[this.#names[i] as string] = value;
    });
    const { series, isOverflow } = this.#create(attributes);
    if (!isOverflow) this.#keep(series, path, raw);
    return series;
  }

  #walk(path: readonly (string | undefined)[]): Series | undefined {
    let node = this.#root;
    for (const text of path) node = (node as Branch | undefined)?.get(text);
    return node as Series | undefined;
  }

  /** Makes a series known under the texts of its labels, and under raw values that are cheap to compare. */
  #keep(series: Series, path: readonly (string | undefined)[], raw: readonly unknown[]): void {
    if (path.length === 0) {
      this.#root = series;
      return;
    }
    this.#root ??= new Map();
    let branch = this.#root as Branch;
    path.forEach((text, i) => {
      const next = branch.get(text) ?? (i === path.length - 1 ? series : new Map());
      branch.set(text, next);
      if (isAlias(raw[i])) branch.set(raw[i], next);
      branch = next as Branch;
    });
  }
}

/** Returns the text of a label. It is the identity of the label: Prometheus has no other type, so `5` and `'5'` are one. */
const textOf = (value: Label | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** Returns true for values of which only a few have the same text; strings and objects could be any number. */
const isAlias = (raw: unknown): boolean =>
  raw === null ||
  raw === '' ||
  typeof raw === 'number' ||
  typeof raw === 'boolean' ||
  typeof raw === 'bigint';

/** Returns true if a key is absent, or has a value that is neither an object nor computed. */
function isPrimitive(metadata: Metadata, key: string): boolean {
  const property = Object.getOwnPropertyDescriptor(metadata, key);
  return property === undefined
    ? !(key in metadata)
    : 'value' in property && Object(property.value) !== property.value;
}

/** Removes the series without a value below a node. Returns true if nothing is left. */
function removeDead(node: Branch | Series, depth: number): boolean {
  if (depth === 0) return !(node as Series).live;
  const branch = node as Branch;
  for (const [key, child] of branch) if (removeDead(child, depth - 1)) branch.delete(key);
  return branch.size === 0;
}
