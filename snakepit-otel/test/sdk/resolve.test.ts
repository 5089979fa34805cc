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
  test('is code, environment, file, default', async () => {
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

  test('reads a JSON file named by a variable', async () => {
    const file = await fileWith(
      '{ "serviceName": "from-file", "otlp": { "headers": { "a": "b" } } }',
      't.json',
    );
    const { settings } = resolve({}, { SNAKEPIT_OTEL_CONFIG_FILE: file });
    expect(settings.serviceName).toBe('from-file');
    expect(settings['otlp.headers']).toEqual({ a: 'b' });
  });

  test('treats an empty variable as unset', () => {
    expect(resolve({}, { OTEL_TRACES_EXPORTER: ' ' }).settings.traces).toEqual(['otlp']);
  });

  describe('OTLP variables of one signal', () => {
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=all',
      OTEL_EXPORTER_OTLP_TIMEOUT: '10000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    };
    const tracesOnly = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:2/v1/traces',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=traces',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
    };
    const allSignals = {
      endpoint: 'http://127.0.0.1:1',
      protocol: 'grpc',
      headers: { a: 'all' },
      timeoutMs: 10_000,
      compression: 'none',
    };

    test('have precedence over the general ones, and are left to the exporter', () => {
      const { otlp } = resolve({}, { ...general, ...tracesOnly });
      expect(otlp('TRACES')).toEqual({ protocol: 'http/json' });
      expect(otlp('METRICS')).toEqual(allSignals);
    });

    test('have precedence over a file', async () => {
      const configFile = await fileWith('otlp: { timeoutMs: 5, protocol: http/json }');
      const { otlp } = resolve({ configFile }, tracesOnly);
      expect(otlp('TRACES')).toEqual({ protocol: 'http/json' });
      expect(otlp('LOGS')).toMatchObject({ protocol: 'http/json', timeoutMs: 5 });
    });

    test('yield to code', () => {
      const { otlp } = resolve(
        { otlp: { ...allSignals, compression: 'none', protocol: 'grpc' } },
        tracesOnly,
      );
      expect(otlp('TRACES')).toEqual(allSignals);
    });
  });

  test('defaults of a program replace the general ones, and yield to every given value', async () => {
    const defaults = (hasOtlpEndpoint: boolean) => ({
      serviceName: 'agent',
      metrics: hasOtlpEndpoint ? ['otlp' as const] : ['prometheus' as const],
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
    const logsOnly = {
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_METRICS_EXPORTER: 'console',
    };
    expect(resolve({}, logsOnly, defaults).settings).toMatchObject({ metrics: ['console'] });
    expect(resolve({}, { ...logsOnly, OTEL_METRICS_EXPORTER: '' }, defaults).settings.metrics).toEqual([
      'otlp',
    ]);
  });

  test('accepts several exporters, comma-separated or as a list', () => {
    expect(resolve({}, { OTEL_METRICS_EXPORTER: 'prometheus, otlp' }).settings.metrics).toEqual([
      'prometheus',
      'otlp',
    ]);
    expect(resolve({ metrics: ['otlp', 'otlp', 'console'] }, {}).settings.metrics).toEqual([
      'otlp',
      'console',
    ]);
  });

  test('decodes percent-encoded headers', () => {
    const { settings } = resolve({}, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x,tenant=a' });
    expect(settings['otlp.headers']).toEqual({ authorization: 'Bearer x', tenant: 'a' });
  });
});

describe('rejects an invalid value, naming it and the allowed values', () => {
  test.each<[string, string, string]>([
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'none, console, otlp'],
    ['OTEL_METRICS_EXPORTER', 'prometheus,statsd', 'none, console, otlp, prometheus'],
    ['OTEL_LOGS_EXPORTER', 'file', 'none, console, otlp'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'an http:// or https:// URL'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http//x', 'an http:// or https:// URL'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'thrift', 'http/protobuf, http/json, grpc'],
    ['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL', 'http', 'http/protobuf, http/json, grpc'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon', 'an integer from 1 to 2147483647'],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'novalue', 'key=value pairs'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'none, gzip'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'novalue', 'key=value pairs'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x', 'key=value pairs'],
    ['OTEL_EXPORTER_PROMETHEUS_PORT', '94640', 'an integer from 1 to 65535'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '99', 'an integer from 100 to 2147483647'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '2147483648', 'an integer from 100 to 2147483647'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'an integer of at least 1'],
    ['OTEL_BLRP_SCHEDULE_DELAY', '-1', 'an integer from 0 to 2147483647'],
    ['SNAKEPIT_OTEL_GPU_INTERVAL_MS', '99', 'an integer from 100 to 2147483647'],
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
