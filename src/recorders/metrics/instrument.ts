import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import type { MetricDefinition } from '../../catalog/metric-spec.js';
import { dropStaleSeries } from './drop-stale-series.js';
import type { Series, SeriesTables } from './series.js';

/**
 * Where the values of one metric go. Recording must be cheap; what can wait is kept in the series until the SDK
 * collects, and handed over by `flush` (synchronous instruments) or `observe` (asynchronous ones).
 */
export type Instrument =
  | { readonly kind: 'sync'; record(series: Series, value: number): void; flush(): void }
  | {
      readonly kind: 'async';
      readonly observable: Observable;
      record(series: Series, value: number, lifetimeMs: number): void;
      observe(observe: (value: number, attributes: Attributes) => void): void;
    };

/** Makes the instrument of a metric, and what brings its values there. */
export function createInstrument(
  meter: Meter,
  definition: MetricDefinition,
  tables: SeriesTables,
): Instrument {
  const { name, description, unit = '1' } = definition;
  switch (definition.kind) {
    case 'counter':
    case 'sum': {
      // Sums are handed over once per collection: hashing attributes is what a counter costs. They go through a
      // synchronous counter because asynchronous ones overwrite instead of adding when a View drops an attribute.
      const counter = meter.createCounter(name, { description, unit });
      return {
        kind: 'sync',
        record(series, value) {
          series.value += value;
          series.live = true;
        },
        flush() {
          for (const series of tables) {
            if (!series.live) continue;
            counter.add(series.value, series.attributes);
            series.value = 0;
            series.live = false;
          }
        },
      };
    }
    case 'distribution': {
      const histogram = meter.createHistogram(name, {
        description,
        unit,
        advice: { explicitBucketBoundaries: [...definition.boundaries] },
      });
      return {
        kind: 'sync',
        record(series, value) {
          histogram.record(value, series.attributes);
          series.live = true;
        },
        flush() {
          for (const series of tables) series.live = false;
        },
      };
    }
    case 'lastValue': {
      const options = { description, unit };
      return observableInstrument(
        definition.instrument === 'updowncounter'
          ? meter.createObservableUpDownCounter(name, options)
          : meter.createObservableGauge(name, options),
        tables,
      );
    }
    case 'observableCounter':
      return observableInstrument(meter.createObservableCounter(name, { description, unit }), tables);
  }
}

const live = (tables: SeriesTables): Attributes[] =>
  [...tables].filter((series) => series.live).map(({ attributes }) => attributes);

/** Reports the newest value of each series, as long as it is true. */
const observableInstrument = (instrument: Observable, tables: SeriesTables): Instrument => ({
  kind: 'async',
  observable: instrument,
  record(series, value, lifetimeMs) {
    series.value = value;
    series.live = true;
    series.expiresAt = performance.now() + lifetimeMs;
  },
  observe(observe) {
    const now = performance.now();
    let expired = false;
    for (const series of tables) {
      if (series.live && series.expiresAt < now) {
        series.live = false;
        expired = true;
      }
      if (series.live) observe(series.value, series.attributes);
    }
    if (expired) dropStaleSeries(instrument, live(tables));
  },
});
