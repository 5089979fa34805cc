// Each host is a separate process that uses the built packages, with real sockets.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { measured } from '../../../test/helpers/measured.js';
import { grpcReceiver, httpReceiver, type OtlpReceiver } from '../../../test/helpers/otlp-receiver.js';

const HOST = `
  import { context, propagation, trace } from '@opentelemetry/api';
  import { logs } from '@opentelemetry/api-logs';
  import { execute, span } from 'opentelemetry-instrumentation-snakepit';
  import { startTelemetry } from 'snakepit-otel';
  const work = () => span('myapp.operation', { pool: 'default' }, () =>
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' }));
`;
const host = (program: string, env: Record<string, string> = {}) => runModule(`${HOST}\n${program}`, { env });
const DEFAULT_HOST =
  'const t = startTelemetry(); work(); await t.ready.catch((e) => console.log(e.message)); await t.shutdown();';

const signalsOf = ({ exports }: OtlpReceiver) => new Set(exports.map(({ signal }) => signal));
const json = (collector: OtlpReceiver, signal: string) =>
  collector.exports.filter((each) => each.signal === signal).map(({ body }) => JSON.parse(body.toString()));
const overJson = (collector: OtlpReceiver) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
});

describe('a variable that cannot be used gives one line on stderr, and all signals go on', () => {
  test.each([
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'the default, otlp'],
    ['OTEL_LOGS_EXPORTER', 'logging', 'the default, otlp'],
    ['OTEL_LOG_LEVEL', 'warning', 'the default (unset)'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'the default (unset)'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=100%,b=c', 'the default (none)'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '60s', 'the default, 60000'],
  ])('%s=%s', { tags: ['H19'] }, async (name, value, replacement) => {
    const collector = await httpReceiver();
    const { code, stderr, stdout } = await host(DEFAULT_HOST, { ...overJson(collector), [name]: value });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(`^snakepit-otel: ${name}="${value}" cannot be used: .+ Used instead: .+`),
      ),
    ]);
    measured('lines on stderr', stderr.trimEnd().split('\n').length);
    measured('signals exported', signalsOf(collector).size);
    expect(stderr).toContain(replacement);
    expect(signalsOf(collector)).toEqual(new Set(['traces', 'metrics', 'logs']));
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '50'],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '1000'],
    ['OTEL_BSP_EXPORT_TIMEOUT', '0'],
    ['OTEL_BLRP_EXPORT_TIMEOUT', '700'],
  ])('but a valid one none: %s=%s', { tags: ['H19'] }, async (name, value) => {
    const collector = await httpReceiver();
    const result = await host(DEFAULT_HOST, { ...overJson(collector), [name]: value });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(signalsOf(collector)).toEqual(new Set(['traces', 'metrics', 'logs']));
  });
});

test('a gRPC endpoint without a scheme works, and for HTTP gives one line', { tags: ['H19'] }, async () => {
  const collector = await grpcReceiver();
  const address = collector.endpoint.replace('http://', '');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: address, OTEL_EXPORTER_OTLP_INSECURE: 'true' };
  const result = await host(DEFAULT_HOST, { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(signalsOf(collector).size).toBe(3);

  const none = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'console' };
  const { code, stderr } = await host(DEFAULT_HOST, { ...env, ...none });
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^snakepit-otel: OTEL_EXPORTER_OTLP_ENDPOINT="127\.0\.0\.1:\d+" names no scheme.*\n$/,
  );
});

describe('headers', () => {
  test.each(['grpc', 'http/protobuf'])(
    'over %s, one that is refused is named and skipped',
    { tags: ['H31'] },
    async (protocol) => {
      const collector = await (protocol === 'grpc' ? grpcReceiver() : httpReceiver());
      const { code, stderr } = await host(DEFAULT_HOST, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_HEADERS: 'my tenant=topsecret,x-tenant=a',
      });
      expect(code).toBe(0);
      expect(stderr).toMatch(
        /^snakepit-otel: OTEL_EXPORTER_OTLP_HEADERS=.*header "my tenant" is skipped.*\n$/,
      );
      expect(stderr).not.toContain('topsecret');
      expect(new Set(collector.exports.map(({ headers }) => headers['x-tenant']))).toEqual(new Set(['a']));
    },
  );

  test('in code, one that only gRPC refuses is named', { tags: ['H31'] }, async () => {
    const { stdout } = await host(`
      try { startTelemetry({ otlp: { protocol: 'grpc', headers: { 'x!tenant': 'topsecret' } } }); }
      catch (error) { console.log(error.code, error.message); }`);
    expect(stdout).toContain('SNAKEPIT_CONFIGURATION Invalid header of OTLP: "x!tenant"');
    expect(stdout).not.toContain('topsecret');
  });
});

test.each([
  ['b3', { b3: expect.stringMatching(/^\w{32}-\w{16}-1$/) }],
  ['b3multi,baggage', { 'x-b3-traceid': expect.any(String), baggage: 'k=v' }],
  ['jaeger', { 'uber-trace-id': expect.any(String), 'uberctx-k': 'v' }],
  ['none', {}],
])('OTEL_PROPAGATORS=%s', { tags: ['H18'] }, async (propagators, expected) => {
  const { stdout } = await host(
    `const t = startTelemetry({ traces: ['none'], metrics: [], logs: [] });
     const carrier = {};
     const active = propagation.setBaggage(context.active(), propagation.createBaggage({ k: { value: 'v' } }));
     const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
     propagation.inject(trace.setSpanContext(active, parent), carrier);
     console.log(JSON.stringify(carrier));
     await t.shutdown();`,
    { OTEL_PROPAGATORS: propagators },
  );
  const carrier = JSON.parse(stdout);
  expect(carrier).toEqual(propagators === 'b3multi,baggage' ? expect.objectContaining(expected) : expected);
  expect(carrier).not.toHaveProperty('traceparent');
});

test('limits of spans, events, links and log records apply', { tags: ['H18'] }, async () => {
  const collector = await httpReceiver();
  await host(
    `const t = startTelemetry();
     const tracer = trace.getTracer('limits');
     const attributes = { a: 'long value', b: '2', c: '3' };
     const links = [{ context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }, attributes }];
     const s = tracer.startSpan('limited', { attributes, links });
     s.addEvent('e', attributes);
     s.end();
     logs.getLogger('limits').emit({ body: 'limited', attributes });
     await t.shutdown();`,
    {
      ...overJson(collector),
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    },
  );
  const spans = json(collector, 'traces')
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  const limited = spans.find(({ name }) => name === 'limited');
  expect(limited.attributes).toEqual([
    { key: 'a', value: { stringValue: 'long' } },
    { key: 'b', value: { stringValue: '2' } },
  ]);
  expect(limited.events[0].attributes).toHaveLength(1);
  expect(limited.links[0].attributes).toHaveLength(1);
  const records = json(collector, 'logs')
    .flatMap(({ resourceLogs }) => resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords);
  const record = records.find(({ body }) => body?.stringValue === 'limited');
  expect(record.attributes).toEqual([{ key: 'a', value: { stringValue: 'lon' } }]);
});

test('histograms, temporality and resource detectors follow their variables', { tags: ['H18'] }, async () => {
  const collector = await httpReceiver();
  await host(
    `import { metrics } from '@opentelemetry/api';
     const t = startTelemetry();
     metrics.getMeter('m').createHistogram('h').record(5);
     await t.shutdown();`,
    {
      ...overJson(collector),
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'DELTA',
      OTEL_NODE_RESOURCE_DETECTORS: 'process',
      OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb,empty=',
    },
  );
  const [{ resource, scopeMetrics }] = json(collector, 'metrics').flatMap(
    ({ resourceMetrics }) => resourceMetrics,
  );
  const histogram = scopeMetrics
    .flatMap(({ metrics }: { metrics: { name: string }[] }) => metrics)
    .find(({ name }: { name: string }) => name === 'h');
  expect(histogram.exponentialHistogram.aggregationTemporality).toBe(1);
  const keys = resource.attributes.map(({ key }: { key: string }) => key);
  expect(keys).toContain('process.pid');
  expect(keys).not.toContain('host.name');
  expect(resource.attributes).toContainEqual({ key: 'team', value: { stringValue: 'a,b' } });
});

test('a timeout of an export of metrics applies', { tags: ['H18'] }, async () => {
  const server = createServer(() => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  const { stdout } = await host(
    `import { diag } from '@opentelemetry/api';
     const t = startTelemetry({ traces: [], logs: [] });
     const startedAt = performance.now();
     const error = (...words) => {
       console.log(words.some((word) => /timed out/i.test(String(word))), performance.now() - startedAt < 5000);
       process.exit();
     };
     diag.setLogger({ error, warn() {}, info() {}, debug() {}, verbose() {} });
     setInterval(() => {}, 1000);`,
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '150',
    },
  );
  expect(stdout).toBe('true true\n');
});

describe('the Prometheus page', () => {
  const PAGE = `
    const page = async (url) => (await fetch(url, { headers: { connection: 'close' } })).text();`;

  test('reports no errors, has host.id, and by default no scope labels', { tags: ['H28'] }, async () => {
    const port = await freePort();
    const program = (options: string) => `${PAGE}
      const t = startTelemetry({ traces: [], logs: [], metrics: ['prometheus'], prometheus: { port: ${port}${options} } });
      await t.ready;
      work();
      console.log(await page('http://127.0.0.1:${port}/metrics'));`;
    const result = await host(program(''), { OTEL_LOG_LEVEL: 'info' });
    measured('lines of diagnostics', result.stderr.split('\n').length - 1);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^target_info\{.*host_id="/m);
    expect(result.stdout).toContain('snakepit_circuit_breaker_opened_total');
    expect(result.stdout).not.toContain('otel_scope_name');
    expect((await host(program(', scopeInfo: true'))).stdout).toContain('otel_scope_name');
  });

  test('with port 0 is served on a free port, which is reported', async () => {
    const { stdout, stderr } = await host(
      "const t = startTelemetry(); await t.ready; console.log('ready'); process.exit();",
      { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    );
    expect(stdout).toBe('ready\n');
    expect(stderr).toMatch(
      /^snakepit-otel: metrics are served on http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics\n$/,
    );
  });

  test('on an address that this host does not have names the host', { tags: ['H29'] }, async () => {
    const { stdout } = await host(DEFAULT_HOST, {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '192.0.2.1',
    });
    expect(stdout).toContain('OTEL_EXPORTER_PROMETHEUS_HOST');
    expect(stdout).not.toContain('OTEL_EXPORTER_PROMETHEUS_PORT');
  });
});

describe('a file of the declarative configuration', () => {
  const fileWith = async (content: object): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'snakepit-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'otel.yaml');
    await writeFile(file, JSON.stringify({ file_format: '1.0', ...content }));
    return file;
  };

  test('decides exporters, sampler, propagator, views and resource; other variables do not count', {
    tags: ['H18'],
  }, async () => {
    const collector = await httpReceiver();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: substitution of the file format.
    const endpoint = '${COLLECTOR}/v1';
    const otlp = (signal: string) => ({ otlp_http: { endpoint: `${endpoint}/${signal}`, encoding: 'json' } });
    const file = await fileWith({
      resource: { attributes: [{ name: 'service.name', value: 'from-file' }] },
      propagator: { composite: [{ b3: null }] },
      tracer_provider: {
        processors: [{ batch: { exporter: otlp('traces') } }],
        sampler: { trace_id_ratio_based: { ratio: 1 } },
      },
      meter_provider: {
        readers: [{ periodic: { exporter: otlp('metrics') } }],
        views: [
          {
            selector: { instrument_name: 'snakepit.circuit_breaker.opened.total' },
            stream: { name: 'renamed' },
          },
        ],
      },
    });
    const result = await host(DEFAULT_HOST, {
      OTEL_CONFIG_FILE: file,
      COLLECTOR: collector.endpoint,
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a',
      OTEL_SERVICE_NAME: 'from-environment',
    });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(signalsOf(collector)).toEqual(new Set(['traces', 'metrics']));
    const bodies = collector.exports.map(({ body }) => body.toString());
    expect(bodies.every((body) => body.includes('from-file'))).toBe(true);
    expect(bodies.some((body) => body.includes('myapp.operation'))).toBe(true);
    expect(bodies.some((body) => body.includes('"renamed"'))).toBe(true);
    expect(collector.exports.every(({ headers }) => headers['x-tenant'] === undefined)).toBe(true);
  });

  test('warns about entries that have no effect', async () => {
    const file = await fileWith({
      traces: ['otlp'],
      meter_provider: {
        readers: [{ periodic: { exporter: { console: null } } }],
        exemplar_filter: 'always_on',
      },
    });
    const { code, stderr } = await host(DEFAULT_HOST, { OTEL_CONFIG_FILE: file });
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('traces in the file'),
      expect.stringContaining('exemplar_filter in meter_provider'),
    ]);
  });
});
