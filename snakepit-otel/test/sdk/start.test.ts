// Each host is a separate process that uses the built packages.
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ChildResult, runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { grpcReceiver, httpReceiver, type OtlpReceiver } from '../../../test/helpers/otlp-receiver.js';

const HOST = `
  import { execute, span } from 'opentelemetry-instrumentation-snakepit';
  import { startTelemetry } from 'snakepit-otel';
  const work = () => span('myapp.operation', { pool: 'default' }, () =>
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' }));
`;
const host = (
  program: string,
  env: Record<string, string> = {},
  onOutput?: Parameters<typeof runModule>[1],
) => runModule(`${HOST}\n${program}`, { env, ...onOutput });

function expectAllSignals({ exports }: OtlpReceiver, contentType: string) {
  const ofSignal = (signal: string) => exports.filter((each) => each.signal === signal);
  expect(new Set(exports.map((each) => each.contentType))).toEqual(new Set([contentType]));
  expect(ofSignal('traces').some(({ body }) => body.includes('myapp.operation'))).toBe(true);
  expect(ofSignal('traces').some(({ body }) => body.includes('snakepit.circuit_breaker.opened'))).toBe(true);
  expect(ofSignal('metrics').some(({ body }) => body.includes('snakepit.circuit_breaker.opened.total'))).toBe(
    true,
  );
  expect(
    ofSignal('logs').some(({ body }) => body.includes('Circuit breaker OPENED for pool=default: 5 failures')),
  ).toBe(true);
  for (const { body } of exports) expect(body.includes('test-service')).toBe(true);
}

const succeeded = (result: ChildResult) => expect(result).toMatchObject({ code: 0, stderr: '' });

describe('OTLP', () => {
  test.each([
    ['http/json', 'application/json', httpReceiver],
    ['http/protobuf', 'application/x-protobuf', httpReceiver],
    ['grpc', 'application/grpc', grpcReceiver],
  ] as const)(
    'exports all signals over %s, set in code, at shutdown',
    async (protocol, contentType, receiver) => {
      const collector = await receiver();
      const otlp = JSON.stringify({ endpoint: collector.endpoint, protocol, headers: { 'x-tenant': 'a' } });
      succeeded(
        await host(`
        const telemetry = startTelemetry({ serviceName: 'test-service', otlp: ${otlp} });
        work();
        await telemetry.shutdown();
        await telemetry.shutdown();`),
      );
      expectAllSignals(collector, contentType);
      for (const { headers } of collector.exports) expect(headers['x-tenant']).toBe('a');
    },
  );

  test.each([
    ['http/json', httpReceiver],
    ['http/protobuf', httpReceiver],
    ['grpc', grpcReceiver],
  ] as const)('over %s, headers of one signal replace the general ones', async (protocol, receiver) => {
    const collector = await receiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=all',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=traces',
    };
    succeeded(await host('const telemetry = startTelemetry(); work(); await telemetry.shutdown();', env));
    const tenants = collector.exports.map(({ signal, headers }) => `${signal}: ${headers['x-tenant']}`);
    expect(new Set(tenants)).toEqual(new Set(['traces: traces', 'metrics: all', 'logs: all']));
  });

  test.each([
    ['http/protobuf', 'application/x-protobuf', httpReceiver],
    ['grpc', 'application/grpc', grpcReceiver],
  ] as const)(
    'exports all signals over %s, set by variables, when the event loop drains',
    async (protocol, contentType, receiver) => {
      const collector = await receiver();
      const env = {
        OTEL_SERVICE_NAME: 'test-service',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      };
      succeeded(await host('startTelemetry(); work();', env));
      expectAllSignals(collector, contentType);
    },
  );

  test('an unreachable collector does not stop the host', async () => {
    const result = await host(`
      const telemetry = startTelemetry({ otlp: { endpoint: 'http://127.0.0.1:9', timeoutMs: 500 } });
      work();
      await telemetry.shutdown();
      console.log('continued');`);
    expect(result).toMatchObject({ code: 0, stdout: 'continued\n' });
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s flushes, then ends the process by that signal',
  async (signal) => {
    const collector = await httpReceiver();
    const result = await host(
      "startTelemetry({ serviceName: 'test-service' }); work(); setInterval(() => {}, 1000); console.log('up');",
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
      { onOutput: (output, child) => void (output.includes('up') && child.kill(signal)) },
    );
    expect(result.signal).toBe(signal);
    expectAllSignals(collector, 'application/x-protobuf');
  },
);

test.each(['before', 'after'])(
  'a host that listens for the signal, %s telemetry starts, decides how the process ends',
  async (when) => {
    const listen = "process.once('SIGINT', () => setTimeout(() => process.exit(3), 300));";
    const start = 'startTelemetry({ traces: [], metrics: [], logs: [] });';
    const program = when === 'before' ? listen + start : start + listen;
    const result = await host(
      `${program} setInterval(() => {}, 1000); console.log('up');`,
      {},
      {
        onOutput: (output, child) => void (output.includes('up') && child.kill('SIGINT')),
      },
    );
    expect(result).toMatchObject({ code: 3, signal: null });
  },
);

test('console exporters print all three signals', async () => {
  const console = "{ traces: ['console'], metrics: ['console'], logs: ['console'] }";
  const { stdout } = await host(`const t = startTelemetry(${console}); work(); await t.shutdown();`);
  expect(stdout).toContain("name: 'myapp.operation'");
  expect(stdout).toContain("name: 'snakepit.circuit_breaker.opened.total'");
  expect(stdout).toContain('Circuit breaker OPENED');
});

describe('Prometheus', () => {
  test('serves metrics and does not keep the process alive', async () => {
    const port = await freePort();
    const result = await host(`
      const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });
      await telemetry.ready;
      work();
      const page = await (await fetch('http://127.0.0.1:${port}/metrics', { headers: { connection: 'close' } })).text();
      console.log(/^snakepit_circuit_breaker_opened_total\\{.*pool="default".*\\} 1$/m.test(page));`);
    succeeded(result);
    expect(result.stdout).toBe('true\n');
  });

  test('listens on loopback only', async ({ skip }) => {
    const others = Object.values(networkInterfaces()).flatMap((all = []) =>
      all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    );
    skip(others.length === 0, 'this host has no IPv4 address other than loopback');
    const port = await freePort();
    const addresses = JSON.stringify(['127.0.0.1', ...others]);
    const result = await host(`
      const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });
      await telemetry.ready;
      for (const address of ${addresses}) {
        const served = fetch('http://' + address + ':${port}/metrics', { headers: { connection: 'close' } });
        console.log(await served.then(({ ok }) => ok, () => false));
      }`);
    succeeded(result);
    expect(result.stdout.trim().split('\n')).toEqual(['true', ...others.map(() => 'false')]);
  });

  test('reports a port in use through ready, and the host continues', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const result = await host(`
      const telemetry = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });
      work();
      await telemetry.ready.catch((error) => console.log(error.code, error.message));
      await telemetry.shutdown();
      startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port} } });`);
    succeeded(result);
    expect(result.stdout).toContain(
      `SNAKEPIT_PROMETHEUS_SERVER Cannot serve metrics on 127.0.0.1:${port} (EADDRINUSE).`,
    );
  });
});

test('starts again after a shutdown', async () => {
  const collector = await httpReceiver();
  succeeded(
    await host(
      `await startTelemetry({ traces: ['none'], metrics: ['none'], logs: ['none'] }).shutdown();
       const telemetry = startTelemetry({ serviceName: 'test-service' });
       work();
       await telemetry.shutdown();`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
    ),
  );
  expectAllSignals(collector, 'application/x-protobuf');
});

test('OTEL_SDK_DISABLED starts nothing', async () => {
  const collector = await httpReceiver();
  const env = {
    OTEL_SDK_DISABLED: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_EXPORTER: 'zipkin',
  };
  succeeded(await host('const t = startTelemetry(); work(); await t.ready; await t.shutdown();', env));
  expect(collector.exports).toEqual([]);
});

test('throws for an invalid setting and leaves nothing running', async () => {
  const result = await host(
    "try { startTelemetry({ traces: ['zipkin'] }); } catch (error) { console.log(error.code); }",
  );
  expect(result).toMatchObject({ code: 0, stdout: 'SNAKEPIT_CONFIGURATION\n' });
});

test('while telemetry runs, another call gives one line and the running one', async () => {
  const collector = await httpReceiver();
  const result = await host(
    `const telemetry = startTelemetry({ serviceName: 'test-service' });
     const again = startTelemetry({ serviceName: 'other', metrics: ['prometheus'] });
     work();
     await again.shutdown();
     console.log(again === telemetry);
     await startTelemetry({ traces: [], metrics: [], logs: [] }).shutdown();`,
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  );
  expect(result).toMatchObject({ code: 0, stdout: 'true\n' });
  expect(result.stderr).toMatch(/^snakepit-otel: startTelemetry\(\) was called while telemetry runs, .+\n$/);
  expectAllSignals(collector, 'application/x-protobuf');
});
