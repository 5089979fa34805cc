// Each host is a separate process that uses the built packages.

import { expect, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { measured } from '../../../test/helpers/measured.js';
import { httpReceiver, type OtlpReceiver } from '../../../test/helpers/otlp-receiver.js';

const HOST = `
  import { channel } from 'node:diagnostics_channel';
  import { context, propagation, trace } from '@opentelemetry/api';
  import { logs } from '@opentelemetry/api-logs';
  import { execute, span } from 'opentelemetry-instrumentation-snakepit';
  import { startTelemetry } from 'snakepit-otel';
  const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const allowed = (count) => {
    for (let i = 0; i < count; i++)
      execute('snakepit.circuit_breaker.call.allowed', {}, { pool: 'default', state: 'closed' });
  };
  const isObserved = (name) => channel(name).hasSubscribers;
`;
const host = async (program: string, env: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await runModule(`${HOST}\n${program}`, { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};
const NONE = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

const bodies = ({ exports }: OtlpReceiver, signal: string) =>
  exports.filter((each) => each.signal === signal).map(({ body }) => body.toString());

test('without exporters nothing is observed, and a parent of another process is passed on', {
  tags: ['H20'],
}, async () => {
  const result = await host(
    `const telemetry = startTelemetry();
     const observed = ['hardware.detect.start', 'hardware.detect.stop', 'circuit_breaker.call.allowed', 'error.oom']
       .filter((name) => isObserved('snakepit.' + name));
     const carrier = {};
     const remote = propagation.extract(context.active(), { traceparent: TRACEPARENT, baggage: 'k=v' });
     const isRecording = await context.with(remote, () => span('myapp.operation', { pool: 'default' }, async (inside) => {
       await new Promise(setImmediate);
       propagation.inject(context.active(), carrier);
       return inside.isRecording();
     }));
     await telemetry.shutdown();
     const left = {};
     propagation.inject(remote, left);
     console.log(JSON.stringify({ observed, carrier, isRecording, left }));`,
    NONE,
  );
  measured('events observed', result.observed.length);
  expect(result).toEqual({
    observed: [],
    carrier: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'k=v' },
    isRecording: false,
    left: {},
  });
});

test('a parent of another process does not make spans build attributes that nobody receives', {
  tags: ['H20'],
}, async () => {
  const result = await host(
    `startTelemetry();
     let reads = 0;
     const metadata = { get pool() { reads++; return 'default'; } };
     const remote = propagation.extract(context.active(), { traceparent: TRACEPARENT });
     context.with(remote, () => { for (let i = 0; i < 3; i++) span('myapp.operation', metadata, () => i); });
     console.log(JSON.stringify({ reads }));`,
    NONE,
  );
  measured('attributes read', result.reads);
  expect(result).toEqual({ reads: 0 });
});

test.each([
  ['traces', { OTEL_TRACES_EXPORTER: 'none' }, ['metrics', 'logs']],
  ['metrics', { OTEL_METRICS_EXPORTER: 'none' }, ['traces', 'logs']],
  ['logs', { OTEL_LOGS_EXPORTER: 'none' }, ['traces', 'metrics']],
  ['traces and logs', { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }, ['metrics']],
  ['metrics and logs', { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }, ['traces']],
] as const)(
  'with none for %s, the other signals are exported and accounted',
  async (_signal, env, exported) => {
    const collector = await httpReceiver();
    await host(
      `const telemetry = startTelemetry();
     allowed(3);
     span('myapp.operation', {}, () =>
       execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' }));
     await telemetry.forceFlush();
     await telemetry.forceFlush();
     await telemetry.shutdown();
     console.log('{}');`,
      {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      },
    );
    expect(new Set(collector.exports.map(({ signal }) => signal))).toEqual(new Set(exported));
    const list: readonly string[] = exported;
    if (list.includes('traces')) expect(bodies(collector, 'traces').join()).toContain('myapp.operation');
    if (list.includes('logs')) expect(bodies(collector, 'logs').join()).toContain('OPENED for pool=default');
    if (!list.includes('metrics')) return;
    const points = (name: string) =>
      JSON.parse(bodies(collector, 'metrics').at(-1) ?? '')
        .resourceMetrics.flatMap(({ scopeMetrics }: { scopeMetrics: object[] }) => scopeMetrics)
        .flatMap(({ metrics }: { metrics: object[] }) => metrics)
        .find((metric: { name: string }) => metric.name === name).sum.dataPoints;
    expect(points('snakepit.circuit_breaker.calls.allowed.total')).toHaveLength(1);
    const accounted = points('snakepit.telemetry.export_items.total').map(
      ({ attributes }: { attributes: { value: { stringValue: string } }[] }) =>
        attributes.map(({ value }) => value.stringValue).join(' '),
    );
    expect(accounted.sort()).toEqual(exported.map((signal) => `${signal} exported`).sort());
  },
);

test('with none for traces, spans go to a provider that the host registers', async () => {
  const result = await host(
    `import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
     const telemetry = startTelemetry();
     const exporter = new InMemorySpanExporter();
     new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
     span('myapp.operation', {}, () => 1);
     await telemetry.shutdown();
     console.log(JSON.stringify(exporter.getFinishedSpans().map(({ name }) => name)));`,
    NONE,
  );
  expect(result).toEqual(['myapp.operation']);
});

test('a disabled SDK still propagates the context', async () => {
  const result = await host(
    `const telemetry = startTelemetry();
     const carrier = {};
     const remote = propagation.extract(context.active(), { traceparent: TRACEPARENT });
     await context.with(remote, async () => {
       await new Promise(setImmediate);
       propagation.inject(context.active(), carrier);
     });
     await telemetry.shutdown();
     console.log(JSON.stringify({ carrier, observed: isObserved('snakepit.circuit_breaker.call.allowed') }));`,
    { OTEL_SDK_DISABLED: 'true' },
  );
  expect(result).toEqual({
    carrier: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    observed: false,
  });
});
