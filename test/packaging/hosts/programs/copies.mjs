// Loads both copies of the package and prints how they interact.
import { createRequire } from 'node:module';
import * as esm from 'opentelemetry-instrumentation-snakepit';
import { start } from './sdk.cjs';

const require = createRequire(import.meta.url);
const cjs = require('opentelemetry-instrumentation-snakepit');
const { metricExporter, metricReader, spanExporter } = await start((name) => import(name), esm);
new cjs.SnakepitInstrumentation();

const received = [];
esm.attach('host', 'snakepit.circuit_breaker.closed', ({ metadata }) => received.push(metadata.pool));
cjs.execute('snakepit.circuit_breaker.closed', {}, { pool: 'default' });
cjs.span('work', () => {});
await metricReader.forceFlush();

const closed = metricExporter
  .getMetrics()
  .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  .find(({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.closed.total');
const refusal = () => {
  try {
    cjs.attach('host', 'snakepit.error.oom', () => {});
  } catch (error) {
    return error.code;
  }
};
process.stdout.write(
  JSON.stringify({
    copies: esm.attach === cjs.attach ? 1 : 2,
    received,
    counted: closed.dataPoints.map(({ value }) => value),
    spans: spanExporter.getFinishedSpans().map(({ name }) => name),
    takenId: refusal(),
    detached: cjs.detach('host') && !esm.detach('host'),
  }),
);
