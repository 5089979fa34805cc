import {
  type BatchObservableCallback,
  createNoopMeter,
  type Meter,
  type Observable,
} from '@opentelemetry/api';
import { subscribe } from '../../bus/bus.js';
import { reportProblem, sayOnce } from '../../bus/diagnostics.js';
import type { OwnRow } from '../../catalog/event-definition.js';
import type { AnyEvent } from '../../catalog/event-map.js';
import type { Fields } from '../../catalog/field.js';
import type { Measurement, MetricDefinition } from '../../catalog/metric-spec.js';
import { sampleLifetimeMs } from '../../catalog/staleness.js';
import { conversionFactor } from '../../common/units.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { createSink, type Sink } from './instrument.js';
import { KEPT_SERIES } from './self-metrics.js';
import { type SeriesTable, SeriesTables } from './series.js';

type Recording = (event: AnyEvent) => void;

interface Metric {
  readonly definition: MetricDefinition;
  readonly tables: SeriesTables;
  sink: Sink;
}

/** Turns events into instruments, as the definitions say. */
export class MetricsRecorder {
  private readonly metrics = new Map<string, Metric>();
  private readonly recordsByEvent = new Map<string, Recording[]>();
  private meter: Meter;
  private wanted = false;
  private stop: (() => void) | undefined;

  /** @throws ConfigurationError when two definitions share a name but not kind, unit and tags */
  constructor(definitions: readonly MetricDefinition[], rows: ReadonlyMap<string, OwnRow>, meter: Meter) {
    this.meter = meter;
    for (const definition of definitions) {
      const metric = this.metricOf(definition);
      const records = this.recordsByEvent.get(definition.event) ?? [];
      records.push(compile(definition, metric, rows.get(definition.event) ?? {}));
      this.recordsByEvent.set(definition.event, records);
    }
  }

  /** Begins to record, unless there is no SDK behind the meter: then events stay as cheap as unobserved ones. */
  enable(): void {
    this.wanted = true;
    this.start();
  }

  /** Stops recording; what was counted so far is handed to the SDK. */
  disable(): void {
    this.wanted = false;
    this.halt();
  }

  /** Moves to another meter, as when the host's provider arrives after the instrumentation. */
  setMeter(meter: Meter): void {
    this.halt();
    this.meter = meter;
    for (const metric of this.metrics.values())
      metric.sink = createSink(meter, metric.definition, metric.tables);
    if (this.wanted) this.start();
  }

  private start(): void {
    if (this.stop !== undefined || isNoop(this.meter)) return;
    const unsubscribes = [...this.recordsByEvent].map(([event, records]) =>
      subscribe(event, runAll(records)),
    );
    const removeCallback = this.observe();
    this.stop = () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
      this.flush();
      removeCallback();
    };
  }

  private halt(): void {
    this.stop?.();
    this.stop = undefined;
  }

  private metricOf(definition: MetricDefinition): Metric {
    const known = this.metrics.get(definition.name);
    if (known === undefined) {
      const { name, tags = [], maxSeries } = definition;
      const tables = new SeriesTables(tags, maxSeries, () =>
        sayOnce(
          `Metric ${name} has more attribute sets than it may keep; the rest is counted as otel.metric.overflow`,
        ),
      );
      const metric = { definition, tables, sink: createSink(this.meter, definition, tables) };
      this.metrics.set(name, metric);
      return metric;
    }
    if (identity(known.definition) !== identity(definition)) {
      throw new ConfigurationError(
        `metric definition ${definition.name}`,
        identity(definition),
        `the same kind, unit and tags as its other definition, ${identity(known.definition)}`,
      );
    }
    return known;
  }

  /**
   * Hands over what waits in the series whenever the SDK collects: observable callbacks run before storages are
   * read. The gauge of our own makes sure that there is a callback even where no metric is asynchronous.
   */
  private observe(): () => void {
    const { meter } = this;
    const { name, description, unit } = KEPT_SERIES;
    const kept = meter.createObservableGauge(name, { description, unit });
    const instruments: Observable[] = [kept];
    for (const { sink } of this.metrics.values())
      if (sink.kind === 'async') instruments.push(sink.instrument);
    const callback: BatchObservableCallback = (result) => {
      this.flush();
      let series = 0;
      for (const { sink, tables } of this.metrics.values()) {
        if (sink.kind === 'async') {
          sink.observe((value, attributes) => result.observe(sink.instrument, value, attributes));
        }
        series += tables.size;
        tables.sweep();
      }
      result.observe(kept, series);
    };
    meter.addBatchObservableCallback(callback, instruments);
    return () => meter.removeBatchObservableCallback(callback, instruments);
  }

  private flush(): void {
    for (const { sink } of this.metrics.values()) if (sink.kind === 'sync') sink.flush();
  }
}

function compile(definition: MetricDefinition, metric: Metric, row: OwnRow): Recording {
  const table: SeriesTable = metric.tables.with(definition.attributes);
  if (definition.kind === 'counter') {
    return (event) => metric.sink.record(table.find(event.metadata), 1, Number.POSITIVE_INFINITY);
  }
  const fields = row.measurements ?? {};
  const read = reader(definition.measurement, fields);
  const key = typeof definition.measurement === 'string' ? definition.measurement : undefined;
  const unit = definition.unit ?? '1';
  const from = definition.from ?? (key === undefined ? undefined : fields[key]?.unit) ?? unit;
  const factor = conversionFactor(from, unit);
  const falls = definition.kind === 'lastValue';
  const sampled = (falls || definition.kind === 'total') && row.metadata?.interval_ms !== undefined;

  return (event) => {
    const value = read(event);
    if (value === undefined) return;
    if (value < 0 && !falls) {
      invalid(event, key ?? definition.name, 'negative');
      return;
    }
    const lifetimeMs = sampled ? sampleLifetimeMs(event) : Number.POSITIVE_INFINITY;
    metric.sink.record(table.find(event.metadata), value * factor, lifetimeMs);
  };
}

/** Reads the measurement of an event; `undefined` when there is nothing to record, told if there should have been. */
function reader(measurement: Measurement, fields: Fields): (event: AnyEvent) => number | undefined {
  if (typeof measurement === 'function') {
    return (event) => {
      const value = measurement(event);
      return value === undefined || Number.isFinite(value)
        ? value
        : invalid(event, 'measurement', 'not_finite');
    };
  }
  const mayLack = fields[measurement]?.optional === true;
  return (event) => {
    const raw = event.measurements[measurement];
    const value = typeof raw === 'bigint' ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value === undefined || value === null)
      return mayLack ? undefined : invalid(event, measurement, 'missing');
    return invalid(event, measurement, 'not_finite');
  };
}

function invalid(
  event: AnyEvent,
  key: string,
  problem: 'missing' | 'not_finite' | 'negative' | 'threw',
): undefined {
  reportProblem(
    'snakepit.telemetry.event.invalid',
    { event: event.name, key, problem },
    `Event ${event.name}: ${key} is ${problem.replace('_', ' ')}`,
  );
}

/** Runs the records of an event; one that throws (a measurement function of the host) costs only itself. */
function runAll(records: readonly Recording[]): Recording {
  const guarded = records.map(
    (record): Recording =>
      (event) => {
        try {
          record(event);
        } catch {
          invalid(event, 'measurement', 'threw');
        }
      },
  );
  const [only] = guarded;
  if (guarded.length === 1 && only !== undefined) return only;
  return (event) => {
    for (const record of guarded) record(event);
  };
}

const identity = ({ kind, unit = '1', tags = [] }: MetricDefinition): string =>
  JSON.stringify({ kind, unit, tags });

/** The API's no-op instruments are singletons, so a meter without an SDK gives itself away. */
const isNoop = (meter: Meter): boolean =>
  meter.createCounter('snakepit.probe') === createNoopMeter().createCounter('snakepit.probe');
