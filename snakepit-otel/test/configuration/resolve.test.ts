import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolve } from '../../src/configuration/resolve.js';
import type { TelemetryOptions } from '../../src/index.js';

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'telemetry.yaml');
  await writeFile(path, `file_format: "1.0"\n${text}`);
  return path;
}

const exportersOf = ({ tracer_provider, meter_provider, logger_provider }: ConfigurationModel) => ({
  traces: (tracer_provider?.processors ?? []).flatMap(({ batch, simple }) =>
    Object.entries((batch ?? simple)?.exporter ?? {}),
  ),
  metrics: (meter_provider?.readers ?? []).flatMap(({ periodic, pull }) =>
    Object.entries((periodic ?? pull)?.exporter ?? {}),
  ),
  logs: (logger_provider?.processors ?? []).flatMap(({ batch, simple }) =>
    Object.entries((batch ?? simple)?.exporter ?? {}),
  ),
});
const exporters = (options: TelemetryOptions, environment: Record<string, string>) =>
  exportersOf(resolve(options, environment).model);
const names = (entries: readonly (readonly [string, unknown])[]) => entries.map(([name]) => name);

const FILE = `
tracer_provider: { processors: [{ batch: { exporter: { otlp_http: { endpoint: "http://file:1/v1/traces", timeout: 5 } } } }] }
meter_provider: { readers: [{ pull: { exporter: { prometheus/development: { port: 1001 } } } }] }
resource: { attributes: [{ name: service.name, value: from-file }, { name: a, value: b }] }
instrumentation/development: { js: { snakepit: { gpu: { interval: 7s }, prometheus_path: /file } } }
`;

describe('precedence', () => {
  test('is code, then the file; variables of OpenTelemetry do not count beside a file', async () => {
    const environment = {
      OTEL_CONFIG_FILE: await fileWith(FILE),
      OTEL_EXPORTER_PROMETHEUS_PORT: '1002',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_SERVICE_NAME: 'from-environment',
      OTEL_BSP_MAX_QUEUE_SIZE: 'wrong',
    };
    const { model, warnings } = resolve({}, environment);
    expect(exportersOf(model)).toMatchObject({
      traces: [['otlp_http', { endpoint: 'http://file:1/v1/traces', timeout: 5 }]],
      metrics: [['prometheus/development', { port: 1001 }]],
      logs: [],
    });
    expect(model.resource?.attributes).toContainEqual({ name: 'service.name', value: 'from-file' });
    expect(warnings).toEqual([]);

    const inCode = resolve(
      {
        serviceName: 'from-code',
        prometheus: { port: 1003 },
        otlp: { endpoint: 'http://code:2', headers: { a: 'b' } },
        logs: ['otlp'],
      },
      environment,
    ).model;
    expect(exportersOf(inCode)).toMatchObject({
      traces: [['otlp_http', { endpoint: 'http://code:2/v1/traces', timeout: 5 }]],
      metrics: [['prometheus/development', { port: 1003 }]],
      logs: [['otlp_http', { endpoint: 'http://code:2/v1/logs', headers: [{ name: 'a', value: 'b' }] }]],
    });
    expect(inCode.resource?.attributes).toEqual([
      { name: 'a', value: 'b' },
      { name: 'service.name', value: 'from-code' },
    ]);
  });

  test('without a file is code, environment, default', () => {
    const port = (options: TelemetryOptions, environment: Record<string, string>) =>
      exporters({ metrics: ['prometheus'], ...options }, environment).metrics[0]?.[1];
    const environment = { OTEL_EXPORTER_PROMETHEUS_PORT: '1002' };
    expect(port({ prometheus: { port: 1003 } }, environment)).toMatchObject({ port: 1003 });
    expect(port({}, environment)).toMatchObject({ port: 1002 });
    expect(port({}, {})).toMatchObject({ host: '127.0.0.1', port: 9464, scope_info_enabled: false });
    expect(port({ prometheus: { scopeInfo: true } }, {})).toMatchObject({ scope_info_enabled: true });
  });

  test('reads own settings from code, variable, file, default, in this order', async () => {
    const configFile = await fileWith(FILE);
    const environment = { SNAKEPIT_OTEL_GPU_INTERVAL_MS: '8000' };
    expect(resolve({ configFile }, environment).settings).toMatchObject({
      gpu: true,
      gpuIntervalMs: 8000,
      'prometheus.endpoint': '/file',
      gpuConventions: 'snakepit',
    });
    expect(resolve({ configFile, gpuIntervalMs: 9000 }, environment).settings.gpuIntervalMs).toBe(9000);
    expect(resolve({ configFile }, {}).settings.gpuIntervalMs).toBe(7000);
    expect(resolve({}, {}).settings.gpuIntervalMs).toBe(5000);
  });

  test('substitutes variables in a file', async () => {
    const configFile = await fileWith(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: substitution of the file format.
      'resource: { attributes: [{ name: service.name, value: "${SNAKEPIT_TEST_NAME:-unnamed}" }] }',
    );
    expect(resolve({ configFile }, {}).model.resource?.attributes).toEqual([
      { name: 'service.name', value: 'unnamed' },
    ]);
    process.env.SNAKEPIT_TEST_NAME = 'named';
    onTestFinished(() => void delete process.env.SNAKEPIT_TEST_NAME);
    expect(resolve({ configFile }, {}).model.resource?.attributes).toEqual([
      { name: 'service.name', value: 'named' },
    ]);
  });

  describe('OTLP variables of one signal', () => {
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1/',
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

    test('have precedence over the general ones', () => {
      expect(exporters({}, { ...general, ...tracesOnly })).toMatchObject({
        traces: [
          [
            'otlp_http',
            {
              endpoint: 'http://127.0.0.1:2/v1/traces',
              encoding: 'json',
              headers: [{ name: 'a', value: 'traces' }],
              timeout: 2000,
              compression: 'gzip',
            },
          ],
        ],
        metrics: [
          [
            'otlp_grpc',
            {
              endpoint: 'http://127.0.0.1:1/',
              headers: [{ name: 'a', value: 'all' }],
              timeout: 10_000,
              compression: 'none',
            },
          ],
        ],
      });
    });

    test('yield to code', () => {
      const otlp = { endpoint: 'http://127.0.0.1:3/', protocol: 'http/protobuf', timeoutMs: 7 } as const;
      expect(exporters({ otlp }, tracesOnly).traces).toMatchObject([
        ['otlp_http', { endpoint: 'http://127.0.0.1:3/v1/traces', encoding: 'protobuf', timeout: 7 }],
      ]);
    });
  });

  test('defaults of a program replace the general ones, and yield to every given value', () => {
    const defaults = (hasOtlpEndpoint: boolean) => ({
      serviceName: 'agent',
      metrics: hasOtlpEndpoint ? ['otlp' as const] : ['prometheus' as const],
    });
    const metricsOf = (environment: Record<string, string>) =>
      names(exportersOf(resolve({}, environment, defaults).model).metrics);
    expect(resolve({}, {}, defaults).model.resource?.attributes).toEqual([
      { name: 'service.name', value: 'agent' },
    ]);
    expect(metricsOf({})).toEqual(['prometheus/development']);
    const logsOnly = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:1' };
    expect(metricsOf({ ...logsOnly, OTEL_METRICS_EXPORTER: 'console' })).toEqual(['console']);
    expect(metricsOf({ ...logsOnly, OTEL_METRICS_EXPORTER: '' })).toEqual(['otlp_http']);
  });

  test('accepts several exporters, comma-separated or as a list', () => {
    expect(names(exporters({}, { OTEL_METRICS_EXPORTER: 'prometheus, otlp' }).metrics)).toEqual([
      'prometheus/development',
      'otlp_http',
    ]);
    expect(names(exporters({ metrics: ['otlp', 'otlp', 'console', 'none'] }, {}).metrics)).toEqual([
      'otlp_http',
      'console',
    ]);
  });
});

describe('rejects what is ours and cannot be used, naming it and the allowed values', () => {
  test.each<[string, string, string]>([
    ['SNAKEPIT_OTEL_GPU_INTERVAL_MS', '99', 'an integer from 100 to 2147483647 (ms)'],
    [
      'SNAKEPIT_OTEL_INPUTS',
      'none,unix',
      'a list of inputs, or none; inputs are unix, tcp, http, stdin, otlp',
    ],
    ['SNAKEPIT_OTEL_GPU_SOURCE', 'cuda', 'auto, tegra, nvml, nvidia-smi, amdgpu, intel, apple'],
    ['SNAKEPIT_OTEL_GPU_CONVENTIONS', 'otel', 'snakepit, hw, both'],
    ['SNAKEPIT_OTEL_GPU', 'maybe', 'true, false'],
    ['SNAKEPIT_OTEL_NVIDIA_SMI', 'nvidia-smi', 'an absolute path'],
  ])('%s=%s', (name, value, allowed) => {
    expect(() => resolve({}, { [name]: value })).toThrow(
      `Invalid ${name}: ${JSON.stringify(value)}. Allowed: ${allowed}.`,
    );
  });

  test('an unknown item of a list, with the nearest one', () => {
    expect(() => resolve({}, { SNAKEPIT_OTEL_INPUTS: 'unix,htp' })).toThrow('Did you mean "http"?');
  });

  test('an unknown variable of ours, but not those that Kubernetes sets for a Service', {
    tags: ['H29'],
  }, () => {
    expect(() => resolve({}, { SNAKEPIT_OTEL_GPU_SOURSE: 'nvml' })).toThrow(
      'Did you mean "SNAKEPIT_OTEL_GPU_SOURCE"?',
    );
    const links = ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT', 'PORT_9464_TCP_ADDR'];
    const environment = Object.fromEntries(links.map((name) => [`SNAKEPIT_OTEL_${name}`, '1']));
    expect(resolve({}, environment).warnings).toEqual([]);
  });

  test('variables of the Python workers that the process starts are no error', () => {
    const environment = {
      SNAKEPIT_OTEL_ENDPOINT: 'http://localhost:4318/v1/traces',
      SNAKEPIT_OTEL_CONSOLE: 'false',
    };
    expect(resolve({}, environment).warnings).toEqual([]);
  });

  test.each<[object, string]>([
    [{ traces: ['jaeger'] }, 'Invalid traces: "jaeger"'],
    [{ metrics: 'everything' }, 'Invalid metrics: "everything"'],
    [{ metrics: ['prometeus'] }, 'Did you mean "prometheus"?'],
    [{ otlp: { endpoint: '' } }, 'Invalid otlp.endpoint: ""'],
    [{ otlp: { headers: { 'my key': 'secret' } } }, 'Invalid otlp.headers: "my key"'],
    [{ prometheus: { port: 1.5 } }, 'Invalid prometheus.port: 1.5'],
    [{ prometheus: { endpoint: 'metrics' } }, 'Invalid prometheus.endpoint: "metrics"'],
    [{ metricExportIntervalMs: Number.NaN }, 'Invalid metricExportIntervalMs'],
    [{ serviceName: ' ' }, 'Invalid serviceName'],
    [{ prometheus: { prot: 9464 } }, 'Invalid option: "prometheus.prot".'],
    [{ prometheus: { prot: 9464 } }, 'Did you mean "prometheus.port"?'],
    [{ servicename: 'x' }, 'Did you mean "serviceName"?'],
    [{ gpuSource: 'nvm' }, 'Did you mean "nvml"?'],
  ])('option %j', { tags: ['H29'] }, (options, message) => {
    expect(() => resolve(options as TelemetryOptions, {})).toThrow(message);
  });

  test.each([
    ['instrumentation/development: { js: { snakepit: { gpus: true } } }', 'Did you mean "gpu"?'],
    [
      'instrumentation/development: { js: { snakepit: { gpu: { interval: 5000 } } } }',
      'Allowed: a duration such as 500ms, 5s, 15m or 2h, at least 100ms, at most 99h.',
    ],
    ['instrumentation/development: { js: { snakepit: { gpu: { interval: 99ms } } } }', 'at least 100ms'],
    [
      'instrumentation/development: { js: { snakepit: { gpu: { intervall: 5s } } } }',
      'Did you mean "gpu.interval"?',
    ],
    ['instrumentation/development: { js: { snakepit: { interval: 5s } } }', 'Did you mean "gpu.interval"?'],
    [
      'instrumentation/development: { js: { snakepit: { inputs: [unix, http] } } }',
      'Allowed: an object with unix, tcp, http, stdin, otlp, workers, and not a list.',
    ],
    ['tracer_provider: 5', '(line 2: tracer_provider must be object)'],
    [
      'tracer_provider:\n  processors:\n    - batch:\n        schedule_dely: 5\n        exporter: { console: {} }',
      '(line 5: tracer_provider.processors.0.batch has an entry that is not known: one of schedule_dely, exporter)',
    ],
    [
      'meter_provider: { readers: [{ pull: { exporter: { prometheus/development: { prot: 1 } } } }] }',
      'prometheus/development has an entry that is not known: prot)',
    ],
    ['resource: { attributes: [{ name: 5 }] }', '(line 2: resource.attributes.0'],
    [
      'instrumentation/development: { js: { snakepit: { inputs: { workers: [{ adress: "a:1" }] } } } }',
      'Did you mean "inputs.workers.address"?',
    ],
    ['traces: [', 'Flow sequence'],
  ])('a file with %s', { tags: ['H29'] }, async (text, message) => {
    const configFile = await fileWith(text);
    expect(() => resolve({ configFile }, {})).toThrow(message);
  });

  test('a file that cannot be read', () => {
    expect(() => resolve({ configFile: '/nowhere.yaml' }, {})).toThrow('ENOENT');
  });

  test('a list as file', { tags: ['H29'] }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snakepit-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const configFile = join(folder, 'list.yaml');
    await writeFile(configFile, '- traces\n');
    expect(() => resolve({ configFile }, {})).toThrow(`Invalid configuration file: "${configFile}"`);
  });
});
