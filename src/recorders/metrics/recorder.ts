import {
  type BatchObservableCallback,
  createNoopMeter,
  type Meter,
  type Observable,
} from '@opentelemetry/api';
import { subscribe } from '../../bus/bus.js';
import { beforeCollection } from '../../bus/collection.js';
import { reportProblem } from '../../bus/diagnostics.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import type { Fields } from '../../catalog/field.js';
import type { Measurement, MetricDefinition, ObservableCounterOptions } from '../../catalog/metric-spec.js';
import { stalenessMs } from '../../catalog/staleness.js';
import { onUndeclaredEvent } from '../../catalog/undeclared-events.js';
import { RecordingSwitch } from '../../common/recording-switch.js';
import { conversionFactor } from '../../common/units.js';
import { warnOnce } from '../../common/warn-once.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { createInstrument, type Instrument } from './instrument.js';
import { SERIES_GAUGE } from './self-metrics.js';
import { type SeriesTable, SeriesTables } from './series.js';
import { tagSources } from './tag-value.js';

type Recording = (event: AnyEvent) => void;

interface Metric {
  readonly definition: MetricDefinition;
  readonly tables: SeriesTables;
  instrument: Instrument;
}

/** Records events in instruments, as their definitions specify. */
export class MetricsRecorder {
  readonly #metrics = new Map<string, Metric>();
  readonly #recordingsByEvent = new Map<string, Recording[]>();
  #meter: Meter;
  readonly recording = new RecordingSwitch(
    () => !isNoop(this.#meter),
    () => this.#start(),
  );

  /** @throws ConfigurationError if two definitions share a name but not kind, unit and tags */
  constructor(
    definitions: readonly MetricDefinition[],
    events: ReadonlyMap<string, CustomEventDefinition>,
    meter: Meter,
  ) {
    this.#meter = meter;
    for (const definition of definitions) this.#define(definition, events.get(definition.event) ?? {});
    // After the recordings of values: an event may report the last value and end the series.
    for (const definition of definitions) {
      if (!('endedBy' in definition) || definition.endedBy === undefined) continue;
      this.#addRecording(
        definition.endedBy.event,
        compileEnd(definition, this.#metricOf(definition, events.get(definition.event) ?? {})),
      );
    }
  }

  /** Switches to another meter, as when the host registers its provider after the instrumentation. */
  setMeter(meter: Meter): void {
    this.recording.restart(() => {
      this.#meter = meter;
      for (const metric of this.#metrics.values())
        metric.instrument = createInstrument(meter, metric.definition, metric.tables);
    });
  }

  #define(definition: MetricDefinition, event: CustomEventDefinition): void {
    this.#addRecording(definition.event, compile(definition, this.#metricOf(definition, event), event));
  }

  /** Returns the recordings of an event that is not in the catalog, in those of its metrics that are defined. */
  #undeclaredRecordings(event: string, definition: CustomEventDefinition): Recording[] {
    return (definition.metrics ?? []).flatMap((spec) => {
      const metric = this.#metrics.get(spec.name);
      return metric === undefined ? [] : compile({ ...spec, event }, metric, definition);
    });
  }

  #addRecording(event: string, recording: Recording): void {
    const recordings = this.#recordingsByEvent.get(event) ?? [];
    recordings.push(recording);
    this.#recordingsByEvent.set(event, recordings);
  }

  #start(): () => void {
    const unsubscribes = [...this.#recordingsByEvent].map(([event, recordings]) =>
      subscribe(event, runAll(recordings)),
    );
    const stopListening = onUndeclaredEvent((name, definition) => {
      const recordings = this.#undeclaredRecordings(name, definition);
      if (recordings.length > 0) unsubscribes.push(subscribe(name, runAll(recordings)));
    });
    const removeCallback = this.#observe();
    return () => {
      stopListening();
      for (const unsubscribe of unsubscribes) unsubscribe();
      this.#flush();
      removeCallback();
    };
  }

  #metricOf(definition: MetricDefinition, event: CustomEventDefinition): Metric {
    const known = this.#metrics.get(definition.name);
    if (known === undefined) {
      const { name, tags = [], cardinalityLimit } = definition;
      const tables = new SeriesTables(tagSources(tags, event.metadata ?? {}), cardinalityLimit, () =>
        warnOnce(
          `Metric ${name} reached its limit of attribute sets; further ones are recorded under otel.metric.overflow`,
        ),
      );
      const metric = { definition, tables, instrument: createInstrument(this.#meter, definition, tables) };
      this.#metrics.set(name, metric);
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
   * Passes pending values to the SDK at each collection: observable callbacks run before storages are read. The gauge of
   * this recorder makes sure that a callback runs even if no metric is asynchronous.
   */
  #observe(): () => void {
    const meter = this.#meter;
    const { name, description, unit } = SERIES_GAUGE;
    const seriesGauge = meter.createObservableGauge(name, { description, unit });
    const instruments: Observable[] = [seriesGauge];
    for (const { instrument } of this.#metrics.values())
      if (instrument.kind === 'async') instruments.push(instrument.observable);
    const callback: BatchObservableCallback = (result) => {
      beforeCollection();
      this.#flush();
      let series = 0;
      for (const { instrument, tables } of this.#metrics.values()) {
        if (instrument.kind === 'async') {
          instrument.observe((value, attributes) => result.observe(instrument.observable, value, attributes));
        }
        series += tables.size;
      }
      result.observe(seriesGauge, series);
    };
    meter.addBatchObservableCallback(callback, instruments);
    return () => meter.removeBatchObservableCallback(callback, instruments);
  }

  #flush(): void {
    for (const { instrument } of this.#metrics.values()) if (instrument.kind === 'sync') instrument.flush();
  }
}

/** Largest value that is recorded: no sum of fewer than 2^53 of them becomes infinite, which no encoder can represent. */
const MAX_VALUE = Number.MAX_VALUE / 2 ** 53;

function compile(definition: MetricDefinition, metric: Metric, event: CustomEventDefinition): Recording {
  const table: SeriesTable = metric.tables.with(definition.attributes);
  if (definition.kind === 'counter') {
    return ({ metadata }) => metric.instrument.record(table.find(metadata), 1, Number.POSITIVE_INFINITY);
  }
  const fields = event.measurements ?? {};
  const read = reader(definition.measurement, fields);
  const key = typeof definition.measurement === 'string' ? definition.measurement : undefined;
  const unit = definition.unit ?? '1';
  const sourceUnit = definition.sourceUnit ?? (key === undefined ? undefined : fields[key]?.unit) ?? unit;
  const factor = conversionFactor(sourceUnit, unit) ?? 1;
  const mayFall = definition.kind === 'lastValue';
  const isSampled = event.sampled === true;
  const expires = isSampled && (mayFall || definition.kind === 'observableCounter');

  return (event) => {
    const raw = read(event);
    if (raw === undefined) return;
    const value = raw * factor;
    if ((value < 0 && !mayFall) || value > MAX_VALUE || value < -MAX_VALUE) {
      reportInvalid(event, key ?? definition.name, value < 0 && !mayFall ? 'negative' : 'out_of_range');
      return;
    }
    const lifetimeMs = expires ? stalenessMs(event) : Number.POSITIVE_INFINITY;
    const series = isSampled ? table.findRecurring(event.metadata) : table.find(event.metadata);
    metric.instrument.record(series, value, lifetimeMs);
  };
}

/** Returns the recording that ends series. */
function compileEnd(definition: MetricDefinition & ObservableCounterOptions, metric: Metric): Recording {
  const table = metric.tables.with(definition.attributes);
  const when = definition.endedBy?.when ?? (() => true);
  return (event) => {
    const series = when(event) ? table.known(event.metadata) : undefined;
    if (series !== undefined && metric.instrument.kind === 'async') metric.instrument.end(series);
  };
}

/** Returns a function that reads a measurement; it returns `undefined` for nothing to record, and reports invalid values. */
function reader(measurement: Measurement, fields: Fields): (event: AnyEvent) => number | undefined {
  if (typeof measurement === 'function') {
    return (event) => {
      const value = measurement(event);
      return value === undefined || Number.isFinite(value)
        ? value
        : reportInvalid(event, 'measurement', 'not_finite');
    };
  }
  const isOptional = fields[measurement]?.optional === true;
  return (event) => {
    const raw = event.measurements[measurement];
    const value = typeof raw === 'bigint' ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value === undefined || value === null)
      return isOptional ? undefined : reportInvalid(event, measurement, 'missing');
    return reportInvalid(event, measurement, 'not_finite');
  };
}

function reportInvalid(
  event: AnyEvent,
  key: string,
  problem: 'missing' | 'not_finite' | 'negative' | 'out_of_range' | 'threw',
): undefined {
  reportProblem(
    'snakepit.telemetry.event.invalid',
    { event: event.name, key, problem },
    `Event ${event.name}: ${key} is ${problem.replace('_', ' ')}`,
  );
}

/** Combines the recordings of an event. One that throws (a measurement function of the host) affects only itself. */
function runAll(recordings: readonly Recording[]): Recording {
  const guarded = recordings.map(
    (record): Recording =>
      (event) => {
        try {
          record(event);
        } catch {
          reportInvalid(event, 'measurement', 'threw');
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

/** Returns true for a meter without an SDK: the API's no-op instruments are singletons. */
const isNoop = (meter: Meter): boolean =>
  meter.createCounter('snakepit.probe') === createNoopMeter().createCounter('snakepit.probe');
