import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TelemetryOptions } from '../../src/index.js';
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

  describe('a signal has OTLP variables of its own', () => {
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=all',
      OTEL_EXPORTER_OTLP_TIMEOUT: '10000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    };
    const ofTraces = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:2/v1/traces',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=traces',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
    };
    const forAll = {
      endpoint: 'http://127.0.0.1:1',
      protocol: 'grpc',
      headers: { a: 'all' },
      timeoutMs: 10_000,
      compression: 'none',
    };

    test('which its exporter reads, and which go before those for all', () => {
      const { otlp } = resolve({}, { ...general, ...ofTraces });
      expect(otlp('TRACES')).toEqual({ protocol: 'http/json' });
      expect(otlp('METRICS')).toEqual(forAll);
    });

    test('which go before a file', async () => {
      const configFile = await fileWith('otlp: { timeoutMs: 5, protocol: http/json }');
      const { otlp } = resolve({ configFile }, ofTraces);
      expect(otlp('TRACES')).toEqual({ protocol: 'http/json' });
      expect(otlp('LOGS')).toMatchObject({ protocol: 'http/json', timeoutMs: 5 });
    });

    test('before which code goes', () => {
      const { otlp } = resolve({ otlp: { ...forAll, compression: 'none', protocol: 'grpc' } }, ofTraces);
      expect(otlp('TRACES')).toEqual(forAll);
    });
  });

  test('defaults of a program of its own go before those of all, and after all that is given', async () => {
    const defaults = (isOtlpGiven: boolean) => ({
      serviceName: 'agent',
      metrics: isOtlpGiven ? ['otlp' as const] : ['prometheus' as const],
    });
    expect(resolve({}, {}, defaults).settings).toMatchObject({
      serviceName: 'agent',
      metrics: ['prometheus'],
      traces: ['otlp'],
    });
    const configFile = await fileWith('serviceName: mine\notlp: { endpoint: "http://127.0.0.1:1" }');
    expect(resolve({ configFile }, {}, defaults).settings).toMatchObject({
      serviceName: 'mine',
      metrics: ['otlp'],
    });
    const ofLogs = {
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_METRICS_EXPORTER: 'console',
    };
    expect(resolve({}, ofLogs, defaults).settings).toMatchObject({ metrics: ['console'] });
    expect(resolve({}, { ...ofLogs, OTEL_METRICS_EXPORTER: '' }, defaults).settings.metrics).toEqual([
      'otlp',
    ]);
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
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon', 'a whole number of at least 1 and at most 2147483647'],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'novalue', 'pairs of text, key=value'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'none, gzip'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'novalue', 'pairs of text, key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x', 'pairs of text, key=value'],
    ['OTEL_EXPORTER_PROMETHEUS_PORT', '94640', 'a whole number of at least 1 and at most 65535'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '99', 'a whole number of at least 100 and at most 2147483647'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '2147483648', 'a whole number of at least 100 and at most 2147483647'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'a whole number of at least 1'],
    ['OTEL_BLRP_SCHEDULE_DELAY', '-1', 'a whole number of at least 0 and at most 2147483647'],
    ['SNAKEPIT_OTEL_GPU_INTERVAL_MS', '99', 'a whole number of at least 100 and at most 2147483647'],
    ['SNAKEPIT_OTEL_GPU_SOURCE', 'cuda', 'auto, nvml, nvidia-smi, amdgpu, intel, apple'],
    ['SNAKEPIT_OTEL_GPU_CONVENTIONS', 'otel', 'snakepit, hw, both'],
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
