import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import type { MetricDefinition } from '../../catalog/metric-spec.js';
import { dropStaleSeries } from './drop-stale-series.js';
import type { Series, SeriesTables } from './series.js';

/**
 * The instrument of one metric. Recording must be cheap: values wait in the series until the SDK collects, when `flush`
 * (synchronous instruments) or `observe` (asynchronous ones) passes them on.
 */
export type Instrument =
  | { readonly kind: 'sync'; record(series: Series, value: number): void; flush(): void }
  | {
      readonly kind: 'async';
      readonly observable: Observable;
      record(series: Series, value: number, lifetimeMs: number): void;
      /** Ends a series: it is no longer reported. */
      end(series: Series): void;
      observe(observe: (value: number, attributes: Attributes) => void): void;
    };

/** Creates the instrument of a metric. Every instrument has a description and a unit. */
export function createInstrument(
  meter: Meter,
  definition: MetricDefinition,
  tables: SeriesTables,
): Instrument {
  const { name, description, unit = '1' } = definition;
  switch (definition.kind) {
    case 'counter':
    case 'sum': {
      // The counter receives sums once per collection, since hashing attributes dominates its cost. It is synchronous because
      // asynchronous ones overwrite instead of adding if a View drops an attribute.
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
        },
        flush() {},
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

/** Reports the newest value of each series until it expires or ends. */
function observableInstrument(instrument: Observable, tables: SeriesTables): Instrument {
  let hasEnded = false;
  const end = (series: Series): void => {
    series.live = false;
    hasEnded = true;
  };
  return {
    kind: 'async',
    observable: instrument,
    record(series, value, lifetimeMs) {
      series.value = value;
      series.live = true;
      series.expiresAt = performance.now() + lifetimeMs;
    },
    end,
    observe(observe) {
      const now = performance.now();
      for (const series of tables) {
        if (series.live && series.expiresAt < now) end(series);
        if (series.live) observe(series.value, series.attributes);
      }
      if (!hasEnded) return;
      hasEnded = false;
      tables.sweep();
      dropStaleSeries(instrument, live(tables));
    },
  };
}
