/**
 * A metadata key that becomes a metric attribute: under its own name, or under `as`. `fallbackKey` supplies the value of a
 * missing key.
 */
export type Tag = string | { readonly key: string; readonly as: string; readonly fallbackKey?: string };

/** Source of a measured value: a key, or a function of the event (`undefined` records nothing). */
export type Measurement =
  | string
  | ((event: {
      readonly name: string;
      readonly measurements: Readonly<Record<string, unknown>>;
      readonly metadata: Readonly<Record<string, unknown>>;
    }) => number | undefined);

/** Options of all metrics. */
export interface MetricOptions {
  /** Description of the instrument. */
  readonly description: string;
  /** UCUM unit of the instrument. @default '1' */
  readonly unit?: string;
  /** Metadata keys that become attributes. @default [] */
  readonly tags?: readonly Tag[];
  /** Constant attributes of every series of this definition. @default none */
  readonly attributes?: Readonly<Record<string, string>>;
  /**
   * Unit of the measurement on the bus, converted to `unit` (`ns` to `s`, `MiBy` to `By`, `%` to `1`, …).
   * @default the unit in the event's definition, else `unit`
   */
  readonly sourceUnit?: string;
  /** Attribute sets kept apart; further ones are recorded under `otel.metric.overflow`. @default 1000 */
  readonly cardinalityLimit?: number;
}

/** Options of metrics that record a measurement. */
export interface MeasuredMetricOptions extends MetricOptions {
  /** Source of the value. */
  readonly measurement: Measurement;
}

/** Options of metrics that report a total or a newest value. */
export interface ObservableCounterOptions extends MeasuredMetricOptions {
  /** Name of the Snakepit metric that this one replaces if only OTel's names are wanted. @default none */
  readonly replaces?: string;
}

/** Options of metrics that report the newest value. */
export interface LastValueOptions extends ObservableCounterOptions {
  /** Asynchronous instrument. @default 'gauge' */
  readonly instrument?: 'gauge' | 'updowncounter';
}

/** Options of histograms. */
export interface DistributionOptions extends MeasuredMetricOptions {
  /** Upper bounds of the histogram buckets, in `unit`, ascending. */
  readonly boundaries: readonly number[];
}

/** A metric: its instrument, and how events feed it. */
export type MetricSpec =
  | ({ readonly kind: 'counter'; readonly name: string } & MetricOptions)
  | ({ readonly kind: 'sum'; readonly name: string } & MeasuredMetricOptions)
  | ({ readonly kind: 'lastValue'; readonly name: string } & LastValueOptions)
  | ({ readonly kind: 'observableCounter'; readonly name: string } & ObservableCounterOptions)
  | ({ readonly kind: 'distribution'; readonly name: string } & DistributionOptions);

/**
 * A metric and the event that feeds it. Several definitions may feed one metric if name, kind, unit and tags agree; their
 * constant `attributes` keep their series apart.
 */
export type MetricDefinition = MetricSpec & {
  /** Name of the event. */
  readonly event: string;
};

/** Counts events. */
export const counter = <const O extends MetricOptions>(name: string, options: O) =>
  ({ kind: 'counter', name, ...options }) as const;

/** Adds up a measurement that is never negative. */
export const sum = <const O extends MeasuredMetricOptions>(name: string, options: O) =>
  ({ kind: 'sum', name, ...options }) as const;

/** Reports the newest value of a measurement. */
export const lastValue = <const O extends LastValueOptions>(name: string, options: O) =>
  ({ kind: 'lastValue', name, ...options }) as const;

/** Reports a running total that is kept elsewhere, such as in a driver. */
export const observableCounter = <const O extends ObservableCounterOptions>(name: string, options: O) =>
  ({ kind: 'observableCounter', name, ...options }) as const;

/** Records a measurement in histogram buckets. */
export const distribution = <const O extends DistributionOptions>(name: string, options: O) =>
  ({ kind: 'distribution', name, ...options }) as const;

/** Bucket bounds by kind of measurement; in seconds unless stated otherwise. */
export const BOUNDARIES = {
  /** In-process work: 10 µs to 1 s. */
  quick: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1],
  /** Calls to workers and inference: 1 ms to 2 min. */
  call: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  /** Start-up and hardware detection: 5 ms to 5 min. */
  startup: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  /** Lifetimes of workers, sessions and streams: 1 s to 1 day. */
  lifetime: [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400],
  /** Attempts, a count. */
  attempts: [1, 2, 3, 4, 5, 7, 10, 15, 20],
  /** Delays between attempts, in milliseconds. */
  delayMs: [10, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 15_000, 30_000, 60_000],
  /** Payloads, in bytes: 256 B to 1 GiB. */
  bytes: [
    256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
    1_073_741_824,
  ],
  /** Process memory, in MiB. */
  memoryMb: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
} as const;
