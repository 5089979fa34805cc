/** How a metadata key becomes a metric attribute: under its own name or another, and from another key if it is missing. */
export type Tag = string | { readonly key: string; readonly as: string; readonly fallbackKey?: string };

/** What a measurement is read from: a key, or a function over the event (`undefined`: nothing to record). */
export type Measurement =
  | string
  | ((event: {
      readonly name: string;
      readonly measurements: Readonly<Record<string, unknown>>;
      readonly metadata: Readonly<Record<string, unknown>>;
    }) => number | undefined);

interface SpecOptions {
  readonly description: string;
  /** UCUM unit of the instrument. @default '1' */
  readonly unit?: string;
  /** Metadata keys that become attributes. @default [] */
  readonly tags?: readonly Tag[];
  /** Attributes that every series of this metric carries. */
  readonly attributes?: Readonly<Record<string, string>>;
  /**
   * Unit of the measurement on the bus, converted to `unit` (`ns` to `s`, `MiBy` to `By`, `%` to `1`, …).
   * @default the unit of the catalog's row, else `unit`
   */
  readonly sourceUnit?: string;
  /** Attribute sets kept apart; what comes after is counted under `otel.metric.overflow`. @default 1000 */
  readonly cardinalityLimit?: number;
}

interface MeasuredOptions extends SpecOptions {
  readonly measurement: Measurement;
}

interface ObservableCounterOptions extends MeasuredOptions {
  /** The name of the Snakepit metric that this one replaces when only OTel's names are wanted. */
  readonly replaces?: string;
}

interface LastValueOptions extends ObservableCounterOptions {
  /** The asynchronous instrument to use. @default 'gauge' */
  readonly instrument?: 'gauge' | 'updowncounter';
}

interface DistributionOptions extends MeasuredOptions {
  /** Upper bounds of the histogram buckets, in `unit`, ascending. */
  readonly boundaries: readonly number[];
}

export type MetricSpec =
  | ({ readonly kind: 'counter'; readonly name: string } & SpecOptions)
  | ({ readonly kind: 'sum'; readonly name: string } & MeasuredOptions)
  | ({ readonly kind: 'lastValue'; readonly name: string } & LastValueOptions)
  | ({ readonly kind: 'observableCounter'; readonly name: string } & ObservableCounterOptions)
  | ({ readonly kind: 'distribution'; readonly name: string } & DistributionOptions);

/**
 * A metric and the event that feeds it. Several definitions may feed one metric: same name, kind, unit and tags; what
 * each adds is told apart by its `attributes`.
 */
export type MetricDefinition = MetricSpec & { readonly event: string };

/** Counts events. */
export const counter = <const O extends SpecOptions>(name: string, options: O) =>
  ({ kind: 'counter', name, ...options }) as const;

/** Adds up a measurement that never falls. */
export const sum = <const O extends MeasuredOptions>(name: string, options: O) =>
  ({ kind: 'sum', name, ...options }) as const;

/** Reports the newest value of a measurement. */
export const lastValue = <const O extends LastValueOptions>(name: string, options: O) =>
  ({ kind: 'lastValue', name, ...options }) as const;

/** Reports a running total that somebody else keeps, such as a driver. */
export const observableCounter = <const O extends ObservableCounterOptions>(name: string, options: O) =>
  ({ kind: 'observableCounter', name, ...options }) as const;

/** Counts a measurement into histogram buckets. */
export const distribution = <const O extends DistributionOptions>(name: string, options: O) =>
  ({ kind: 'distribution', name, ...options }) as const;

/** Bucket bounds that suit what is measured, in seconds unless said otherwise. */
export const BOUNDARIES = {
  /** In-process work: 10 µs to 1 s. */
  quick: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1],
  /** Calls to workers and inference: 1 ms to 2 min. */
  call: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  /** Starting things and finding hardware: 5 ms to 5 min. */
  startup: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  /** Lives of workers, sessions and streams: 1 s to 1 day. */
  lifetime: [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400],
  /** Attempts, a count. */
  attempts: [1, 2, 3, 4, 5, 7, 10, 15, 20],
  /** Waits between attempts, in milliseconds. */
  delayMs: [10, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 15_000, 30_000, 60_000],
  /** Payloads, in bytes: 256 B to 1 GiB. */
  bytes: [
    256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
    1_073_741_824,
  ],
  /** Process memory, in MiB. */
  memoryMb: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
} as const;
