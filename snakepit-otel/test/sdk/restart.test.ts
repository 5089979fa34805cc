import { expect, test } from 'vitest';
import { runNode } from '../../../test/helpers/child.js';
import { measured } from '../../../test/helpers/measured.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';

test('telemetry that was shut down leaves nothing in memory', { tags: ['H17'] }, async () => {
  const collector = await httpReceiver();
  const program = `
    import { execute, span } from 'opentelemetry-instrumentation-snakepit';
    import { startTelemetry } from 'snakepit-otel';
    const heap = [];
    for (let i = 0; i < 301; i++) {
      const telemetry = startTelemetry({ metrics: ['otlp', 'prometheus'], prometheus: { port: 0 } });
      span('myapp.operation', {}, () => execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' }));
      await telemetry.shutdown();
      if (i % 100 !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, 1));
      gc();
      heap.push(process.memoryUsage().heapUsed);
    }
    console.log(JSON.stringify({ grown: heap[3] - heap[1], listeners: process.listenerCount('exit') }));`;
  const { code, stdout } = await runNode(['--expose-gc', '--input-type=module', '--eval', program], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  });
  expect(code).toBe(0);
  const { grown, listeners } = JSON.parse(stdout);
  measured('heap grown in 200 restarts', grown / 1e6, 'MB');
  expect(grown).toBeLessThan(5e6);
  expect(listeners).toBeLessThanOrEqual(1);
  const spans = collector.exports.filter(({ signal }) => signal === 'traces');
  expect(spans).toHaveLength(301);
});
