// Exports spans, metrics and log records to the real Collector over each OTLP transport.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { eventually, runningBackends, spanEvents } from '../helpers/backends.js';
import { runModule } from '../helpers/child.js';

const { backends, folder, traces, query } = await runningBackends();

/** Returns the number of log records that the Collector's debug exporter has logged. */
const logRecords = async () => {
  const log = await readFile(join(folder, 'collector.log'), 'utf8');
  return [...log.matchAll(/"log records": (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
};

test.each([
  ['http/protobuf', 'otlpHttp'],
  ['http/json', 'otlpHttp'],
  ['grpc', 'otlpGrpc'],
] as const)('delivers all signals over %s', async (protocol, port) => {
  const before = await logRecords();
  const service = `over-${protocol.replace('/', '-')}`;
  const result = await runModule(
    `import { execute, span } from 'opentelemetry-instrumentation-snakepit';
     import { startTelemetry } from 'snakepit-otel';
     const telemetry = startTelemetry({ traces: ['otlp'], metrics: ['otlp'], logs: ['otlp'] });
     await telemetry.ready;
     await span('transport.probe', { pool: 'default' }, async () => {
       execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
     });
     await telemetry.shutdown();`,
    {
      env: {
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${backends?.ports[port]}`,
      },
    },
  );
  expect(result).toMatchObject({ code: 0, stderr: '' });

  await vi.waitFor(async () => {
    const [trace] = await traces(service);
    expect(trace?.spans.map(({ operationName }) => operationName)).toEqual(['transport.probe']);
    const events = trace?.spans.flatMap(spanEvents).map(({ event }) => event);
    expect(events).toEqual(['snakepit.circuit_breaker.opened']);
    const [opened] = await query(`snakepit_circuit_breaker_opened_total{job="${service}"}`);
    expect(opened).toMatchObject({ value: 1, metric: { pool: 'default', reason: 'failures' } });
    expect(await logRecords()).toBeGreaterThan(before);
  }, eventually);
});
