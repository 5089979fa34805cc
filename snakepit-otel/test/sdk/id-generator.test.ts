// The host is a separate process that uses the built packages.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

test('derives the ids of a request from its correlation id, and no others', async () => {
  const collector = await httpReceiver();
  const otlp = JSON.stringify({ endpoint: collector.endpoint, protocol: 'http/json' });
  const result = await runModule(`
    import { span } from 'opentelemetry-instrumentation-snakepit';
    import { publishWireEvent } from 'opentelemetry-instrumentation-snakepit/bridge';
    import { startTelemetry } from 'snakepit-otel';
    const telemetry = startTelemetry({ otlp: ${otlp}, metrics: [], logs: [] });
    const time = Date.now() * 1e6;
    const line = (event, measurements, timestamp_ns) =>
      publishWireEvent({ event, measurements, timestamp_ns, correlation_id: 'sp-1', metadata: { worker_id: 'w1' } });
    line('snakepit.grpc_worker.execute.start', { system_time: time }, time);
    line('tool.execution.start', { system_time: time + 1e6 }, time + 1e6);
    line('tool.execution.stop', { duration: 1e6 }, time + 2e6);
    line('snakepit.grpc_worker.execute.stop', { duration: 3e6 }, time + 3e6);
    span('other', () => {});
    await telemetry.shutdown();`);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const spans = collector.exports
    .filter(({ signal }) => signal === 'traces')
    .flatMap(({ body }): OtlpSpan[] =>
      JSON.parse(body.toString()).resourceSpans.flatMap((resource: { scopeSpans: { spans: OtlpSpan[] }[] }) =>
        resource.scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  const find = (name: string) => spans.find((each) => each.name === name);
  const hash = createHash('sha256').update('snakepit\0sp-1').digest('hex');
  expect(find('snakepit.grpc_worker.execute')).toMatchObject({
    traceId: hash.slice(0, 32),
    spanId: hash.slice(32, 48),
  });
  expect(find('snakepit.python.tool.execution')).toMatchObject({
    traceId: hash.slice(0, 32),
    parentSpanId: hash.slice(32, 48),
  });
  expect(find('other')?.traceId).not.toBe(hash.slice(0, 32));
});
