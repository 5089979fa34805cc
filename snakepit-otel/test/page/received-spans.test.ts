// Each host is a separate process that uses the built packages.

import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import type { ErrorHead, Trace } from '../../src/page/contract.js';

const RECORDED = resolve('test/fixtures/snakepit-recordings/otlp');

/** Runs a host that receives spans and shows them. Its program has `post(body, type)`, and `show()`, which prints what the page has. */
async function runHost(program: string): Promise<{ traces: Trace[]; errors: ErrorHead[] }> {
  const [collector, ui, otlp] = await Promise.all([httpReceiver(), freePort(), freePort()]);
  const { code, stdout, stderr } = await runModule(
    `import { readFile } from 'node:fs/promises';
     import { span } from 'opentelemetry-instrumentation-snakepit';
     import { startTelemetry } from 'snakepit-otel';
     const telemetry = startTelemetry({
       traces: ['otlp'], metrics: [], logs: [], ui: { port: ${ui} }, inputs: { otlp: { port: ${otlp} } },
     });
     await telemetry.ready;
     const post = async (body, type) => {
       const { status } = await fetch('http://127.0.0.1:${otlp}/v1/traces', { method: 'POST', body, headers: { 'content-type': type } });
       if (status !== 200) throw new Error('status ' + status);
     };
     const get = async (path) => (await fetch('http://127.0.0.1:${ui}/api/v1/' + path)).json();
     const show = async () => {
       const { traces, errors } = await get('snapshot');
       console.log(JSON.stringify({ traces: await Promise.all(traces.map(({ id }) => get('traces/' + id))), errors }));
       await telemetry.shutdown();
     };
     ${program}`,
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } },
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

test('spans that are received and forwarded are on the page, joined: the call of Elixir around that of Python', async () => {
  const { traces } = await runHost(
    `for (const file of ['00.bin', '01.bin', '02.bin'])
       await post(await readFile(${JSON.stringify(RECORDED)} + '/' + file), 'application/x-protobuf');
     await show();`,
  );
  expect(traces.reduce((sum, { spans }) => sum + spans.length, 0)).toBe(7);
  const calls = traces.filter(({ spans }) =>
    spans.some(({ name }) => name.startsWith('snakepit.grpc.execute')),
  );
  expect(calls).toHaveLength(2);
  for (const { head, spans } of calls) {
    const call = spans.find(({ name }) => name.startsWith('snakepit.grpc.execute'));
    const python = spans.find(({ name }) => name === 'BridgeService/ExecuteTool');
    expect(python).toMatchObject({
      parent: call?.id,
      kind: 'internal',
      attributes: { 'telemetry.sdk.language': 'python' },
    });
    expect(python?.ms).toBeGreaterThan(0);
    expect(python?.start).toBeGreaterThan(Date.parse('2025-01-01'));
    expect(head.services.length).toBeGreaterThan(0);
  }
});

test('a trace is one waterfall from Node over Elixir to Python, in JSON too, with secrets redacted', async () => {
  const { traces, errors } = await runHost(
    `const attribute = (key, value) => ({ key, value });
     const [python, elixir] = ['a'.repeat(16), 'b'.repeat(16)];
     await span('node', {}, async (own) => {
       const correlation = attribute('snakepit.correlation_id', { stringValue: '00-' + own.spanContext().traceId + '-' + own.spanContext().spanId + '-01' });
       const times = { startTimeUnixNano: Date.now() + '000000', endTimeUnixNano: Date.now() + 5 + '000000' };
       const group = (language, each) => ({
         resource: { attributes: [attribute('service.name', { stringValue: language }), attribute('telemetry.sdk.language', { stringValue: language })] },
         scopeSpans: [{ spans: [{ traceId: 'c'.repeat(32), ...times, ...each }] }],
       });
       await post(JSON.stringify({ resourceSpans: [
         group('erlang', { spanId: elixir, name: 'snakepit.grpc.execute.infer', kind: 3, attributes: [correlation] }),
         group('python', {
           spanId: python, parentSpanId: elixir, name: 'BridgeService/ExecuteTool', kind: 2,
           attributes: [
             correlation,
             attribute('url', { stringValue: 'postgres://user:hunter2@host/db' }),
             attribute('sizes', { arrayValue: { values: [{ intValue: '1' }, { doubleValue: 0.5 }] } }),
             attribute('map', { kvlistValue: { values: [attribute('a', { boolValue: true })] } }),
             attribute('__proto__', { stringValue: 'x' }),
           ],
           status: { code: 2, message: 'failed' },
           events: [{ timeUnixNano: times.startTimeUnixNano, name: 'exception', attributes: [attribute('exception.type', { stringValue: 'ValueError' }), attribute('exception.message', { stringValue: 'bad' })] }],
         }),
       ] }), 'application/json');
     });
     await show();`,
  );
  expect(traces).toHaveLength(1);
  const [{ head, spans } = { head: undefined, spans: [] }] = traces;
  const byName = new Map(spans.map((each) => [each.name, each]));
  const [node, call, tool] = ['node', 'snakepit.grpc.execute.infer', 'BridgeService/ExecuteTool'].map(
    (name) => byName.get(name),
  );
  expect(head).toMatchObject({ name: 'node', status: 'error', spans: 3 });
  expect(head?.services).toEqual(expect.arrayContaining(['erlang', 'python']));
  expect([node?.parent, call?.parent, tool?.parent]).toEqual(['', node?.id, call?.id]);
  expect(tool).toMatchObject({ ms: 5, status: 'error', statusMessage: 'failed', kind: 'server' });
  expect(tool?.attributes).toMatchObject({ sizes: ['1', '0.5'], map: '{"a":true}' });
  expect(JSON.stringify(traces)).not.toContain('hunter2');
  expect(errors).toMatchObject([{ type: 'ValueError', message: 'bad', place: 'BridgeService/ExecuteTool' }]);
});
