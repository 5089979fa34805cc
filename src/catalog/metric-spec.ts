import type { AnyEvent } from './any-event.js';

/** A metadata key that becomes a metric attribute under another name. */
export interface RenamedTag {
  /** Metadata key. */
  readonly key: string;
  /** Name of the attribute. */
  readonly as: string;
  /** Metadata key that supplies the value if `key` is missing. @default none */
  readonly fallbackKey?: string;
}

/** A metadata key that becomes a metric attribute, under its own name or another. */
export type Tag = string | RenamedTag;

/** Source of a measured value: a key, or a function of the event (`undefined` records nothing). */
export type Measurement = string | ((event: AnyEvent) => number | undefined);

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
  /**
   * Attribute sets of the metric over the life of the process, with that of the overflow: further ones are recorded under
   * `otel.metric.overflow`. Series that ended or expired do not count. The first definition of a metric decides. An SDK whose
   * reader or view has a lower limit applies that one. @default 2000
   */
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
  /** Event that ends the series with its tags: it is no longer reported until it has a new value. @default none */
  readonly endedBy?: {
    /** Name of the event. */
    readonly event: string;
    /** Returns true for an event that ends the series. @default every event of that name */
    readonly when?: (event: AnyEvent) => boolean;
  };
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

/** Name of a metric and kind of its instrument. */
interface NamedSpec<K extends string> {
  /** Kind of instrument. */
  readonly kind: K;
  /** Name of the metric. */
  readonly name: string;
}

/** A counter of events. */
export interface CounterSpec extends NamedSpec<'counter'>, MetricOptions {}
/** A counter that adds up a measurement. */
export interface SumSpec extends NamedSpec<'sum'>, MeasuredMetricOptions {}
/** A gauge or up-down counter of the newest value. */
export interface LastValueSpec extends NamedSpec<'lastValue'>, LastValueOptions {}
/** A counter of a running total that is kept elsewhere. */
export interface ObservableCounterSpec extends NamedSpec<'observableCounter'>, ObservableCounterOptions {}
/** A histogram. */
export interface DistributionSpec extends NamedSpec<'distribution'>, DistributionOptions {}

/** A metric: its instrument, and how events feed it. */
export type MetricSpec = CounterSpec | SumSpec | LastValueSpec | ObservableCounterSpec | DistributionSpec;

/**
 * A metric and the event that feeds it. Several definitions may feed one metric if name, kind, unit and tags agree; their
 * constant `attributes` keep their series apart.
 */
export type MetricDefinition = MetricSpec & {
  /** Name of the event. */
  readonly event: string;
};

/** Counts events. @param name name of the metric @param options description, unit, tags, … */
export const counter = (name: string, options: MetricOptions): CounterSpec => ({
  kind: 'counter',
  name,
  ...options,
});

/** Adds up a measurement that is never negative. @param name name of the metric @param options measurement, description, … */
export const sum = (name: string, options: MeasuredMetricOptions): SumSpec => ({
  kind: 'sum',
  name,
  ...options,
});

/** Reports the newest value of a measurement. @param name name of the metric @param options measurement, description, … */
export const lastValue = (name: string, options: LastValueOptions): LastValueSpec => ({
  kind: 'lastValue',
  name,
  ...options,
});

/**
 * Reports a running total that is kept elsewhere, such as in a driver.
 *
 * @param name name of the metric
 * @param options measurement, description, …
 */
export const observableCounter = (
  name: string,
  options: ObservableCounterOptions,
): ObservableCounterSpec => ({
  kind: 'observableCounter',
  name,
  ...options,
});

/** Records a measurement in histogram buckets. @param name name of the metric @param options measurement, boundaries, … */
export const distribution = (name: string, options: DistributionOptions): DistributionSpec => ({
  kind: 'distribution',
  name,
  ...options,
});

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
