import type { Tag } from '../../catalog/metric-spec.js';
import { singleLine } from '../../common/single-line.js';

type Attributes = Readonly<Record<string, string | number | boolean>>;
type Metadata = Readonly<Record<string, unknown>>;

/** One attribute set of a metric and what has been recorded for it since the SDK last asked. */
export interface Series {
  readonly attributes: Attributes;
  /** The sum not yet handed on, or the newest value. */
  value: number;
  /** Whether `value` says anything. */
  live: boolean;
  /** When `value` stops being true, ms of `performance.now()`. */
  expiresAt: number;
}

type Branch = Map<unknown, Branch | Series>;

/** Where what comes beyond `maxSeries` is counted, as the OTel specification names it. */
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
const MAX_LABEL_LENGTH = 128;
const DEFAULT_CARDINALITY_LIMIT = 1000;

/**
 * The series of one metric. Finding the series of an event costs one map look-up per tag and no hashing of
 * attributes; the number of series is bounded whatever the metadata says.
 */
export class SeriesTable {
  private root: Branch | Series | undefined;
  private readonly all: Series[] = [];
  private overflow: Series | undefined;
  private readonly keys: readonly string[];
  private readonly fallbackKeys: readonly (string | undefined)[];
  private readonly names: readonly string[];

  constructor(
    tags: readonly Tag[],
    private readonly constants: Attributes = {},
    private readonly cardinalityLimit: number = DEFAULT_CARDINALITY_LIMIT,
    private readonly onOverflow: () => void = () => {},
  ) {
    this.keys = tags.map((tag) => (typeof tag === 'string' ? tag : tag.key));
    this.fallbackKeys = tags.map((tag) => (typeof tag === 'string' ? undefined : tag.fallbackKey));
    this.names = tags.map((tag) => (typeof tag === 'string' ? tag : tag.as));
  }

  get size(): number {
    return this.all.length;
  }

  [Symbol.iterator](): Iterator<Series> {
    return this.all.values();
  }

  find(metadata: Metadata): Series {
    let node = this.root;
    for (let i = 0; i < this.keys.length; i++) {
      if (node === undefined) return this.add(metadata);
      node = (node as Branch).get(this.raw(metadata, i));
    }
    return (node as Series | undefined) ?? this.add(metadata);
  }

  /** Once half full, forgets the series that hold nothing, so that what has gone makes room for what comes. */
  sweep(): void {
    if (this.all.length < this.cardinalityLimit / 2) return;
    const kept = this.all.filter((series) => series.live);
    this.all.length = 0;
    this.root = undefined;
    this.overflow = undefined;
    for (const series of kept) this.keep(series);
  }

  private raw(metadata: Metadata, i: number): unknown {
    const value = metadata[this.keys[i] as string];
    if (value !== undefined && value !== null) return value;
    const fallbackKey = this.fallbackKeys[i];
    return fallbackKey === undefined ? undefined : metadata[fallbackKey];
  }

  private add(metadata: Metadata): Series {
    // Only primitives make keys, so that an equal list or object finds its series again, by its label.
    const labels = this.keys.map((_, i) => label(this.raw(metadata, i)));
    const known = this.walk(labels);
    if (known !== undefined) return known;
    if (this.all.length >= this.cardinalityLimit) {
      if (this.overflow === undefined) {
        this.overflow = newSeries(OVERFLOW);
        this.all.push(this.overflow);
        this.onOverflow();
      }
      return this.overflow;
    }
    const attributes: Record<string, string | number | boolean> = { ...this.constants };
    labels.forEach((value, i) => {
      const name = this.names[i];
      if (value !== undefined && name !== undefined) attributes[name] = value;
    });
    const series = newSeries(Object.freeze(attributes));
    this.keep(series);
    return series;
  }

  private walk(labels: readonly unknown[]): Series | undefined {
    let node = this.root;
    for (const value of labels) node = (node as Branch | undefined)?.get(value);
    return node as Series | undefined;
  }

  private keep(series: Series): void {
    this.all.push(series);
    if (series.attributes === OVERFLOW) {
      this.overflow = series;
      return;
    }
    const last = this.names.at(-1);
    if (last === undefined) {
      this.root = series;
      return;
    }
    this.root ??= new Map();
    let branch = this.root as Branch;
    for (const name of this.names.slice(0, -1)) {
      const value = series.attributes[name];
      const next = branch.get(value) ?? new Map();
      branch.set(value, next);
      branch = next as Branch;
    }
    branch.set(series.attributes[last], series);
  }
}

/** The series of a metric that several definitions feed, each with constant attributes of its own. */
export class SeriesTables {
  private readonly byConstants = new Map<string, SeriesTable>();

  /** @param maxSeries of each table. @default 1000 */
  constructor(
    private readonly tags: readonly Tag[],
    private readonly maxSeries?: number,
    private readonly onOverflow?: () => void,
  ) {}

  /** The table of the series that carry these attributes. */
  with(constants: Attributes = {}): SeriesTable {
    const key = JSON.stringify(constants);
    const known = this.byConstants.get(key);
    if (known !== undefined) return known;
    const table = new SeriesTable(this.tags, constants, this.maxSeries, this.onOverflow);
    this.byConstants.set(key, table);
    return table;
  }

  get size(): number {
    let size = 0;
    for (const table of this.byConstants.values()) size += table.size;
    return size;
  }

  sweep(): void {
    for (const table of this.byConstants.values()) table.sweep();
  }

  *[Symbol.iterator](): Iterator<Series> {
    for (const table of this.byConstants.values()) yield* table;
  }
}

const newSeries = (attributes: Attributes): Series => ({
  attributes,
  value: 0,
  live: false,
  expiresAt: Number.POSITIVE_INFINITY,
});

/** A metadata value as a metric attribute: short, and on one line; absent if null. */
function label(value: unknown): string | number | boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (Array.isArray(value))
    return singleLine(value.map((item) => singleLine(item)).join(':'), MAX_LABEL_LENGTH);
  return singleLine(value, MAX_LABEL_LENGTH);
}
