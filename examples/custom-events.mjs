// Records custom events beside the catalog's and serves their metrics for Prometheus.
//   node examples/custom-events.mjs
import {
  attach,
  BOUNDARIES,
  counter,
  defineEvent,
  distribution,
  execute,
  integer,
  metricDefinitions,
  spanEvent,
  text,
} from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';

const telemetry = startTelemetry({
  traces: ['none'],
  logs: ['none'],
  metrics: ['prometheus'],
  prometheus: { port: Number(process.env.PORT ?? 9464) },
  instrumentation: {
    // Selects the metrics of circuit breakers from the catalog.
    metrics: metricDefinitions().filter(({ name }) => name.startsWith('snakepit.circuit_breaker.')),
    // Defines an event with its metrics and its effect on traces.
    events: {
      'myapp.batch.stop': defineEvent({
        measurements: { duration: integer('ns') },
        metadata: { model: text() },
        metrics: [
          counter('myapp.batches.total', { description: 'Completed batches', tags: ['model'] }),
          distribution('myapp.batch.duration', {
            description: 'Duration of batches',
            measurement: 'duration',
            unit: 's',
            tags: ['model'],
            boundaries: BOUNDARIES.call,
          }),
        ],
        trace: spanEvent,
      }),
    },
  },
});
await telemetry.ready;

attach('slow-batches', 'myapp.batch.stop', ({ measurements, metadata }) => {
  if (measurements.duration > 1e9) console.log(`slow batch of ${metadata.model}`);
});

execute('myapp.batch.stop', { duration: 250_000_000 }, { model: 'resnet' });
execute('myapp.batch.stop', { duration: 2_000_000_000 }, { model: 'bert' });
execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });

const page = await fetch(`http://127.0.0.1:${process.env.PORT ?? 9464}/metrics`);
const lines = (await page.text()).split('\n');
console.log(
  lines
    .filter((line) => /^(myapp_batches_total|snakepit_circuit_breaker_opened_total)\b/.test(line))
    .join('\n'),
);
await telemetry.shutdown();
