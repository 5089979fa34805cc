import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../../test/helpers/child.js';
import { freePort } from '../../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../../test/helpers/otlp-receiver.js';
import { startAccounting } from '../../../src/sdk/current-accounting.js';
import { ForwardedRequest } from '../../../src/sdk/forwarding/forwarded-request.js';
import { Forwarding } from '../../../src/sdk/forwarding/forwarding.js';
import { eventually } from '../../helpers/inputs.js';

const BYTES = 3_000_000;

/** Starts a collector that answers with a status, or not before `release` is called. */
async function startCollector(status: number, { isSlow = false } = {}) {
  const received: number[] = [];
  let release = () => {};
  const released = isSlow ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
  const server = createServer(async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += (chunk as Buffer).length;
    await released;
    if (status === 200) received.push(length);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    release();
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  return { endpoint, received, release };
}

/** Forwards requests of one span to collectors. */
function startForwarding(endpoints: readonly string[]) {
  const processors = endpoints.map((endpoint) => ({
    batch: { exporter: { otlp_http: { endpoint, timeout: 60_000 } } },
  }));
  const accounting = startAccounting();
  const forwarding = new Forwarding({ tracer_provider: { processors } }, accounting);
  onTestFinished(() => {
    forwarding.stop();
    return accounting.abort(Promise.resolve());
  });
  const forward = () => {
    const readiness = forwarding.readiness('traces', 'protobuf', BYTES);
    if (readiness === 'ready')
      forwarding.forward('traces', new ForwardedRequest(Buffer.alloc(BYTES), 'protobuf', 1));
    return readiness;
  };
  return { forward, accounting };
}

test('a collector that fails does not hold up another one', async () => {
  // Answers that the exporter itself does not repeat.
  const [dead, healthy] = [await startCollector(307), await startCollector(200)];
  const { forward, accounting } = startForwarding([dead.endpoint, healthy.endpoint]);
  let forwarded = 0;
  await eventually(() => {
    if (forward() === 'ready') forwarded++;
    expect(forwarded).toBeGreaterThan(30);
  });
  await eventually(() => expect(healthy.received).toHaveLength(forwarded));
  expect(dead.received).toEqual([]);
  const [, lost] = /(\d+) span/.exec(accounting.takeLoss()?.counts ?? '') ?? [];
  // About 32 MiB wait for the dead one.
  expect(Number(lost)).toBeGreaterThan(10);
  expect(Number(lost)).toBeLessThan(forwarded - 5);
});

test('a collector that is slow is waited for', async () => {
  const [slow, healthy] = [await startCollector(200, { isSlow: true }), await startCollector(200)];
  const { forward, accounting } = startForwarding([slow.endpoint, healthy.endpoint]);
  let forwarded = 0;
  while (forward() === 'ready') forwarded++;
  await eventually(() => expect(healthy.received).toHaveLength(forwarded));
  expect(forward()).toBe('full');
  slow.release();
  await eventually(() => expect(slow.received).toHaveLength(forwarded));
  expect(forward()).toBe('ready');
  expect(accounting.takeLoss()).toBeUndefined();
});

test('what is lost because the collector refused the connection is reported as that', async () => {
  const [port, closed] = [await freePort(), await freePort()];
  const { stderr, stdout } = await runModule(`
    import { startTelemetry } from 'snakepit-otel';
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:${closed}';
    const telemetry = startTelemetry({ traces: ['otlp'], metrics: [], logs: [], inputs: { otlp: { port: ${port} } } });
    await telemetry.ready;
    const spans = [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'a' }];
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch('http://127.0.0.1:${port}/v1/traces', { method: 'POST', headers, body });
    console.log(status);
    await telemetry.shutdown();`);
  expect(stdout).toBe('200\n');
  expect(stderr).toContain(`lost 1 span (connect ECONNREFUSED 127.0.0.1:${closed})`);
});

test('spans and data points that a collector rejects of forwarded requests are lost, and are not sent again', {
  tags: ['H38'],
}, async () => {
  const partial = (key: string) => JSON.stringify({ partialSuccess: { [key]: 5, errorMessage: 'no room' } });
  const traces = await httpReceiver(0, partial('rejectedSpans'));
  const metrics = await httpReceiver(0, partial('rejectedDataPoints'));
  const accounting = startAccounting();
  const exporterTo = (endpoint: string) => ({ exporter: { otlp_http: { endpoint } } });
  const forwarding = new Forwarding(
    {
      tracer_provider: { processors: [{ batch: exporterTo(traces.endpoint) }] },
      meter_provider: { readers: [{ periodic: exporterTo(metrics.endpoint) }] },
    },
    accounting,
  );
  forwarding.forward('traces', new ForwardedRequest(Buffer.from('{}'), 'json', 7));
  forwarding.forward('metrics', new ForwardedRequest(Buffer.from('{}'), 'json', 3));
  await forwarding.drained();
  forwarding.stop();
  const { counts, isRejected } = accounting.takeLoss() ?? {};
  expect({ counts, isRejected }).toEqual({ counts: '5 spans, 3 metric data points', isRejected: true });
  expect(accounting.deliveries.list()).toMatchObject([
    { signal: 'traces', state: 'ok', sent: 2, lost: 5 },
    { signal: 'metrics', state: 'failing', sent: 0, lost: 3 },
  ]);
  expect([traces.exports.length, metrics.exports.length]).toEqual([1, 1]);
});
