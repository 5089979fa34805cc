import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TelemetryOptions } from '../../src/sdk/index.js';
import { resolve } from '../../src/sdk/resolve.js';

async function fileWith(text: string, name = 'telemetry.yaml'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('precedence', () => {
  test('code beats environment beats file beats default', async () => {
    const configFile = await fileWith(
      'prometheus: { port: 1001, host: 0.0.0.0 }\nmetrics: [prometheus]\ntraces: [console]',
    );
    const environment = { OTEL_EXPORTER_PROMETHEUS_PORT: '1002', OTEL_TRACES_EXPORTER: 'none' };
    const { settings } = resolve({ configFile, prometheus: { port: 1003 } }, environment);
    expect(settings).toMatchObject({
      'prometheus.port': 1003,
      traces: [],
      metrics: ['prometheus'],
      'prometheus.host': '0.0.0.0',
      'prometheus.endpoint': '/metrics',
    });
    expect(resolve({ configFile }, environment).settings['prometheus.port']).toBe(1002);
    expect(resolve({ configFile }, {}).settings['prometheus.port']).toBe(1001);
    expect(resolve({}, {}).settings['prometheus.port']).toBe(9464);
  });

  test('a file may be JSON, and be named by a variable', async () => {
    const file = await fileWith(
      '{ "serviceName": "from-file", "otlp": { "headers": { "a": "b" } } }',
      't.json',
    );
    const { settings } = resolve({}, { SNAKEPIT_OTEL_CONFIG_FILE: file });
    expect(settings.serviceName).toBe('from-file');
    expect(settings['otlp.headers']).toEqual({ a: 'b' });
  });

  test('an empty variable is one that is not set', () => {
    expect(resolve({}, { OTEL_TRACES_EXPORTER: ' ' }).settings.traces).toEqual(['otlp']);
  });

  test('a signal may have a protocol and an endpoint of its own', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces',
    };
    const { protocolOf, endpointFromEnvironment } = resolve({}, environment);
    expect([protocolOf('TRACES'), protocolOf('METRICS')]).toEqual(['http/json', 'grpc']);
    expect([endpointFromEnvironment('TRACES'), endpointFromEnvironment('METRICS')]).toEqual([true, false]);
  });

  test('several exporters at once, with commas or as a list', () => {
    expect(resolve({}, { OTEL_METRICS_EXPORTER: 'prometheus, otlp' }).settings.metrics).toEqual([
      'prometheus',
      'otlp',
    ]);
    expect(resolve({ metrics: ['otlp', 'otlp', 'console'] }, {}).settings.metrics).toEqual([
      'otlp',
      'console',
    ]);
  });

  test('headers and resource attributes are pairs, percent-encoded', () => {
    const { settings } = resolve({}, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x,tenant=a' });
    expect(settings['otlp.headers']).toEqual({ authorization: 'Bearer x', tenant: 'a' });
  });
});

describe('a value that cannot be used is refused by name, with what is allowed', () => {
  test.each<[string, string, string]>([
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'none, console, otlp'],
    ['OTEL_METRICS_EXPORTER', 'prometheus,statsd', 'none, console, otlp, prometheus'],
    ['OTEL_LOGS_EXPORTER', 'file', 'none, console, otlp'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'a URL that begins with http:// or https://'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http//x', 'a URL that begins with http:// or https://'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'thrift', 'http/protobuf, http/json, grpc'],
    ['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL', 'http', 'http/protobuf, http/json, grpc'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon', 'a whole number of at least 1'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'none, gzip'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'novalue', 'pairs of text, key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x', 'pairs of text, key=value'],
    ['OTEL_EXPORTER_PROMETHEUS_PORT', '94640', 'a whole number of at least 1 and at most 65535'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '99', 'a whole number of at least 100'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '1e3x', 'a whole number of at least 100'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'a whole number of at least 1'],
    ['OTEL_BLRP_SCHEDULE_DELAY', '-1', 'a whole number of at least 0'],
    ['SNAKEPIT_OTEL_GPU', 'maybe', 'true, false'],
  ])('%s=%s', (name, value, allowed) => {
    const shown = value.includes(',') ? value.split(',').at(-1) : value;
    expect(() => resolve({}, { [name]: value })).toThrow(
      `Invalid ${name}: ${JSON.stringify(shown)}. Allowed: ${allowed}.`,
    );
  });

  test.each<[TelemetryOptions, string]>([
    [{ traces: ['jaeger' as 'otlp'] }, 'Invalid traces: "jaeger"'],
    [{ metrics: 'everything' as never }, 'Invalid metrics: "everything"'],
    [{ otlp: { endpoint: '' } }, 'Invalid otlp.endpoint: ""'],
    [{ prometheus: { port: 1.5 } }, 'Invalid prometheus.port: 1.5'],
    [{ prometheus: { endpoint: 'metrics' } }, 'Invalid prometheus.endpoint: "metrics"'],
    [{ metricExportIntervalMs: Number.NaN }, 'Invalid metricExportIntervalMs'],
    [{ serviceName: ' ' }, 'Invalid serviceName'],
  ])('%j', (options, message) => {
    expect(() => resolve(options, {})).toThrow(message);
  });

  test('in a file', async () => {
    const wrong = await fileWith('metrics: [graphite]');
    expect(() => resolve({ configFile: wrong }, {})).toThrow(`Invalid metrics in ${wrong}: "graphite"`);
    const unknown = await fileWith('prometheus: { prot: 9464 }');
    expect(() => resolve({ configFile: unknown }, {})).toThrow(
      `Invalid entry of ${unknown}: "prometheus.prot"`,
    );
    const broken = await fileWith('traces: [');
    expect(() => resolve({ configFile: broken }, {})).toThrow('Invalid configuration file');
    expect(() => resolve({ configFile: '/nowhere.yaml' }, {})).toThrow('ENOENT');
  });
});
