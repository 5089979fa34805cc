import type { Attributes, Meter, ObservableGauge, ObservableUpDownCounter } from '@opentelemetry/api';
import type { MetricDefinition } from './definition.js';
import type { Series, SeriesTable } from './series.js';

/**
 * Where the values of one metric go. Recording must be cheap; what can wait is kept in the series until the SDK
 * collects, and handed over by `flush` (synchronous instruments) or `observe` (asynchronous ones).
 */
export type Sink =
  | { readonly kind: 'sync'; record(series: Series, value: number): void; flush(): void }
  | {
      readonly kind: 'async';
      readonly instrument: ObservableGauge | ObservableUpDownCounter;
      record(series: Series, value: number, lifetimeMs: number): void;
      observe(observe: (value: number, attributes: Attributes) => void): void;
    };

/** The one place where this package makes instruments. */
export function createSink(meter: Meter, definition: MetricDefinition, table: SeriesTable): Sink {
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
          for (const series of table) {
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
          for (const series of table) series.live = false;
        },
      };
    }
    case 'lastValue': {
      const options = { description, unit };
      const instrument =
        definition.instrument === 'updowncounter'
          ? meter.createObservableUpDownCounter(name, options)
          : meter.createObservableGauge(name, options);
      return {
        kind: 'async',
        instrument,
        record(series, value, lifetimeMs) {
          series.value = value;
          series.live = true;
          series.expiresAt = performance.now() + lifetimeMs;
        },
        observe(observe) {
          const now = performance.now();
          for (const series of table) {
            if (series.expiresAt < now) series.live = false;
            if (series.live) observe(series.value, series.attributes);
          }
        },
      };
    }
  }
}
