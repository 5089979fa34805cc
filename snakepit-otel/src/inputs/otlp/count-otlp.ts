import { execute } from 'opentelemetry-instrumentation-snakepit';
import type { OtlpCounts } from './otlp-endpoint.js';

/** Publishes the counts of each request. */
export const countOtlp: OtlpCounts = {
  spans(received, joined, repeated) {
    execute('snakepit.bridge.otlp.received', { spans: received, joined, repeated });
  },
  refused(reason) {
    execute('snakepit.bridge.otlp.refused', { count: 1 }, { reason });
  },
};
