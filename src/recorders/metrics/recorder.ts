import {
  type BatchObservableCallback,
  createNoopMeter,
  type Meter,
  type Observable,
} from '@opentelemetry/api';
import { subscribe } from '../../bus/bus.js';
import { reportProblem } from '../../bus/diagnostics.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import type { AnyEvent } from '../../catalog/event-map.js';
import type { Fields } from '../../catalog/field.js';
import type { Measurement, MetricDefinition } from '../../catalog/metric-spec.js';
import { stalenessMs } from '../../catalog/staleness.js';
import { conversionFactor } from '../../common/units.js';
import { warnOnce } from '../../common/warn-once.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { createInstrument, type Instrument } from './instrument.js';
import { SERIES_GAUGE } from './self-metrics.js';
import { type SeriesTable, SeriesTables } from './series.js';

type Recording = (event: AnyEvent) => void;

interface Metric {
  readonly definition: MetricDefinition;
  readonly tables: SeriesTables;
  instrument: Instrument;
}

/** Turns events into instruments, as the definitions say. */
export class MetricsRecorder {
  private readonly metrics = new Map<string, Metric>();
  private readonly recordsByEvent = new Map<string, Recording[]>();
  private meter: Meter;
  private enabled = false;
  private unsubscribe: (() => void) | undefined;

  /** @throws ConfigurationError when two definitions share a name but not kind, unit and tags */
  constructor(
    definitions: readonly MetricDefinition[],
    rows: ReadonlyMap<string, CustomEventDefinition>,
    meter: Meter,
  ) {
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
    this.enabled = true;
    this.start();
  }

  /** Stops recording; what was counted so far is handed to the SDK. */
  disable(): void {
    this.enabled = false;
    this.stop();
  }

  /** Moves to another meter, as when the host's provider arrives after the instrumentation. */
  setMeter(meter: Meter): void {
    this.stop();
    this.meter = meter;
    for (const metric of this.metrics.values())
      metric.instrument = createInstrument(meter, metric.definition, metric.tables);
    if (this.enabled) this.start();
  }

  private start(): void {
    if (this.unsubscribe !== undefined || isNoop(this.meter)) return;
    const unsubscribes = [...this.recordsByEvent].map(([event, records]) =>
      subscribe(event, runAll(records)),
    );
    const removeCallback = this.observe();
    this.unsubscribe = () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
      this.flush();
      removeCallback();
    };
  }

  private stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  private metricOf(definition: MetricDefinition): Metric {
    const known = this.metrics.get(definition.name);
    if (known === undefined) {
      const { name, tags = [], cardinalityLimit: maxSeries } = definition;
      const tables = new SeriesTables(tags, maxSeries, () =>
        warnOnce(
          `Metric ${name} has more attribute sets than it may keep; the rest is counted as otel.metric.overflow`,
        ),
      );
      const metric = { definition, tables, instrument: createInstrument(this.meter, definition, tables) };
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
    const { name, description, unit } = SERIES_GAUGE;
    const kept = meter.createObservableGauge(name, { description, unit });
    const instruments: Observable[] = [kept];
    for (const { instrument } of this.metrics.values())
      if (instrument.kind === 'async') instruments.push(instrument.observable);
    const callback: BatchObservableCallback = (result) => {
      this.flush();
      let series = 0;
      for (const { instrument, tables } of this.metrics.values()) {
        if (instrument.kind === 'async') {
          instrument.observe((value, attributes) => result.observe(instrument.observable, value, attributes));
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
    for (const { instrument } of this.metrics.values()) if (instrument.kind === 'sync') instrument.flush();
  }
}

function compile(definition: MetricDefinition, metric: Metric, row: CustomEventDefinition): Recording {
  const table: SeriesTable = metric.tables.with(definition.attributes);
  if (definition.kind === 'counter') {
    return (event) => metric.instrument.record(table.find(event.metadata), 1, Number.POSITIVE_INFINITY);
  }
  const fields = row.measurements ?? {};
  const read = reader(definition.measurement, fields);
  const key = typeof definition.measurement === 'string' ? definition.measurement : undefined;
  const unit = definition.unit ?? '1';
  const from = definition.sourceUnit ?? (key === undefined ? undefined : fields[key]?.unit) ?? unit;
  const factor = conversionFactor(from, unit);
  const falls = definition.kind === 'lastValue';
  const sampled =
    (falls || definition.kind === 'observableCounter') && row.metadata?.interval_ms !== undefined;

  return (event) => {
    const value = read(event);
    if (value === undefined) return;
    if (value < 0 && !falls) {
      invalid(event, key ?? definition.name, 'negative');
      return;
    }
    const lifetimeMs = sampled ? stalenessMs(event) : Number.POSITIVE_INFINITY;
    metric.instrument.record(table.find(event.metadata), value * factor, lifetimeMs);
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
