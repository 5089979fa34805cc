// Conformance with https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/: every variable is honored or warned about, none is fatal.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { grpcTarget } from '../../src/configuration/parse-variable.js';
import { resolve } from '../../src/configuration/resolve.js';
import { VARIABLES } from '../../src/configuration/variables.js';
import { buildProviders } from '../../src/sdk/providers.js';
import specified from '../fixtures/specified-variables.json' with { type: 'json' };

const FILE = fileURLToPath(import.meta.url);
/** Valid and invalid values. `undefined`: every text is valid, or no value has an effect. */
type Row = readonly [name: string, valid: readonly string[], invalid: readonly string[]];

const scopes = ['', 'TRACES_', 'METRICS_', 'LOGS_'];
const otlp = (field: string, valid: readonly string[], invalid: readonly string[]): Row[] =>
  scopes.map((scope) => [`OTEL_EXPORTER_OTLP_${scope}${field}`, valid, invalid]);
const COUNT = [
  ['0', '7', '+7'],
  ['-1', '1.5', 'many', '1e3', '0x10'],
] as const;
const LENGTH = [
  ['1', '4096'],
  ['0', '-1', 'long'],
] as const;
const SIZE = [
  ['1', '4096'],
  ['0', '-1', '2.5', 'big'],
] as const;
const DELAY = [
  ['0', '1', '2147483647'],
  ['-1', '60s', '2147483648', 'Infinity'],
] as const;

/** The variables of the specification, copied from it, with values. */
const SPECIFICATION: readonly Row[] = [
  ['OTEL_SDK_DISABLED', ['true', 'TRUE', 'false'], ['1', 'yes']],
  ['OTEL_ENTITIES', [], []],
  [
    'OTEL_RESOURCE_ATTRIBUTES',
    ['a=b', 'a=b%2Cc,d=e=f', 'a=', ' a = b ,'],
    ['a', '=b', 'a=100%,b=c', 'a=b,c'],
  ],
  ['OTEL_SERVICE_NAME', ['my service'], []],
  ['OTEL_LOG_LEVEL', ['none', 'ERROR', 'warn', 'info', 'debug', 'verbose', 'all'], ['warning', '3']],
  [
    'OTEL_PROPAGATORS',
    ['b3', 'b3multi,tracecontext', 'jaeger', 'none', 'baggage, b3'],
    ['xray', 'w3c', 'b3,ottrace'],
  ],
  [
    'OTEL_TRACES_SAMPLER',
    [
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ],
    ['jaeger_remote', 'parentbased_jaeger_remote', 'xray', 'sometimes'],
  ],
  ['OTEL_TRACES_SAMPLER_ARG', ['0', '0.25', '1'], ['1.5', '-0.1', 'half', 'endpoint=http://x']],
  ['OTEL_BSP_SCHEDULE_DELAY', ...DELAY],
  ['OTEL_BSP_EXPORT_TIMEOUT', ...DELAY],
  ['OTEL_BSP_MAX_QUEUE_SIZE', ...SIZE],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', ['1', '512'], ['0', '-1', '4096', 'big']],
  ['OTEL_BLRP_SCHEDULE_DELAY', ...DELAY],
  ['OTEL_BLRP_EXPORT_TIMEOUT', ...DELAY],
  ['OTEL_BLRP_MAX_QUEUE_SIZE', ...SIZE],
  ['OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', ['1', '512'], ['0', '-1', '4096', 'big']],
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', ...LENGTH],
  ['OTEL_ATTRIBUTE_COUNT_LIMIT', ...COUNT],
  ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', ...LENGTH],
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', ...COUNT],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', ...COUNT],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', ...COUNT],
  ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', ...COUNT],
  ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', ...COUNT],
  ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', ...LENGTH],
  ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', ...COUNT],
  ['OTEL_EXPORTER_PROMETHEUS_HOST', ['0.0.0.0', '::1'], []],
  ['OTEL_EXPORTER_PROMETHEUS_PORT', ['0', '9465', '65535'], ['65536', '-1', 'http']],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', [], []],
  ['OTEL_EXPORTER_ZIPKIN_TIMEOUT', [], []],
  ['OTEL_EXPORTER_ZIPKIN_PROTOCOL', [], []],
  ['OTEL_EXPERIMENTAL_CONFIG_FILE', [], []],
  ['OTEL_EXPORTER_OTLP_SPAN_INSECURE', [], []],
  ['OTEL_EXPORTER_OTLP_METRIC_INSECURE', [], []],
  [
    'OTEL_TRACES_EXPORTER',
    ['otlp', 'none', 'console', 'otlp,console', 'OTLP'],
    ['zipkin', 'logging', 'otlp,zipkin'],
  ],
  [
    'OTEL_METRICS_EXPORTER',
    ['otlp', 'none', 'console', 'prometheus,otlp'],
    ['logging', 'statsd', 'prometheus,statsd'],
  ],
  ['OTEL_LOGS_EXPORTER', ['otlp', 'none', 'console'], ['logging', 'file']],
  ['OTEL_METRICS_EXEMPLAR_FILTER', ['always_off'], ['sometimes']],
  ['OTEL_METRIC_EXPORT_INTERVAL', ['50', '30000', '60000'], ['0', '-1', '60s', '2147483648']],
  ['OTEL_METRIC_EXPORT_TIMEOUT', ['0', '1000'], ['-1', '30s', '60001']],
  ...otlp(
    'ENDPOINT',
    ['http://collector:4318', 'https://collector/a/', 'http://[::1]:4318'],
    ['collector:4318', 'unix:/run/x', 'unix:x', 'http//x', 'ftp://x', 'http://'],
  ),
  ...otlp('PROTOCOL', ['grpc', 'http/protobuf', 'http/json', 'GRPC'], ['http', 'thrift']),
  ...otlp(
    'HEADERS',
    ['a=b', 'authorization=Bearer%20x,tenant=a'],
    ['novalue', 'my key=b', 'a=%E0%A4%A', 'a=b%0Ac'],
  ),
  ...otlp('TIMEOUT', ['0', '1', '10000'], ['-1', '10s', 'soon']),
  ...otlp('COMPRESSION', ['gzip', 'none', 'GZIP'], ['zstd', 'deflate']),
  ...otlp('INSECURE', ['true', 'False'], ['1']),
  ...otlp('CERTIFICATE', [FILE], ['/nowhere.pem']),
  ...otlp('CLIENT_CERTIFICATE', [], ['/nowhere.pem', FILE]),
  ...otlp('CLIENT_KEY', [], ['/nowhere.pem', FILE]),
  [
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    ['cumulative', 'DELTA', 'lowmemory'],
    ['low_memory', 'both'],
  ],
  [
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
    ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'],
    ['exponential'],
  ],
  [
    'OTEL_NODE_RESOURCE_DETECTORS',
    ['none', 'all', 'env,host', 'os,process,serviceinstance'],
    ['gcp', 'host,container'],
  ],
];

/** Builds everything but the page, which would listen on the port. */
function build(environment: Record<string, string>) {
  const resolved = resolve({}, environment);
  const readers = resolved.model.meter_provider?.readers ?? [];
  for (const { pull } of readers) if (pull) expect(pull.exporter).toHaveProperty('prometheus/development');
  const model = {
    ...resolved.model,
    meter_provider: { readers: readers.filter(({ periodic }) => periodic) },
  };
  const { meterProvider } = buildProviders({ ...resolved, model });
  void meterProvider?.shutdown().catch(() => {});
  return resolved;
}

test('the table has every variable of the specification, and only those', () => {
  const names = SPECIFICATION.map(([name]) => name);
  expect(Object.keys(VARIABLES).toSorted()).toEqual([...names, 'OTEL_CONFIG_FILE'].toSorted());
});

test('no variable of the specification is missing', () => {
  expect(specified.variables.filter((name) => !(name in VARIABLES))).toEqual([]);
});

const UNSET = build({ OTEL_SDK_DISABLED: 'false' });
const usable = SPECIFICATION.flatMap(([name, valid]) => valid.map((value) => [name, value] as const));
const unusable = SPECIFICATION.flatMap(([name, , invalid]) => invalid.map((value) => [name, value] as const));

describe.each(SPECIFICATION.map(([name]) => name))('%s', (name) => {
  test.each(['', ' '])('set to %j is unset', (value) => {
    const { model, warnings } = build({ [name]: value });
    expect(warnings).toEqual([]);
    expect(model).toEqual(UNSET.model);
  });

  const valid = usable.filter(([each]) => each === name).map(([, value]) => value);
  const testValid = () => {
    const models = valid.map((value) => {
      const { model, warnings } = build({ [name]: value, ...CONTEXT[name] });
      expect(warnings, value).toEqual([]);
      return JSON.stringify(model);
    });
    const unchanged = JSON.stringify(build({ ...CONTEXT[name] }).model);
    const isIgnored = models.every((model) => model === unchanged);
    expect(isIgnored).toBe(NO_EFFECT_ON_MODEL.includes(name));
  };
  if (valid.length > 0) test('honors valid values without a warning', testValid);

  const invalid = unusable.filter(([each]) => each === name).map(([, value]) => value);
  test.each(invalid)('warns about %j once, names the variable, and goes on', (value) => {
    const { warnings } = build({ [name]: value });
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^${name}[= ]`))]);
  });

  const testUnsupported = () => {
    const { warnings } = build({ [name]: name.endsWith('FILTER') ? 'always_on' : 'x' });
    expect(warnings).toEqual([expect.stringContaining(`${name}="`)]);
    expect(warnings[0]).toContain('has no effect');
  };
  if ('unsupported' in VARIABLES[name as keyof typeof VARIABLES]) {
    test('warns that a value has no effect', testUnsupported);
  }
});

/** Other variables that a variable needs to have an effect. */
const CONTEXT: Readonly<Record<string, Record<string, string>>> = {
  OTEL_TRACES_SAMPLER_ARG: { OTEL_TRACES_SAMPLER: 'traceidratio' },
  OTEL_EXPORTER_PROMETHEUS_HOST: { OTEL_METRICS_EXPORTER: 'prometheus' },
  OTEL_EXPORTER_PROMETHEUS_PORT: { OTEL_METRICS_EXPORTER: 'prometheus' },
  ...Object.fromEntries(
    scopes.map((scope) => [
      `OTEL_EXPORTER_OTLP_${scope}INSECURE`,
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
    ]),
  ),
};
/** The SDK records no exemplars, as `always_off` says. */
const NO_EFFECT_ON_MODEL = ['OTEL_METRICS_EXEMPLAR_FILTER'];

test('a warning never contains the value of a header', () => {
  const { warnings } = resolve({}, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=topsecret%0A,broken' });
  expect(warnings.length).toBeGreaterThan(0);
  expect(warnings.join()).not.toContain('topsecret');
});

test('a boolean that is neither true nor false counts as false, beside one of all signals too', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    OTEL_EXPORTER_OTLP_INSECURE: 'true',
    OTEL_EXPORTER_OTLP_TRACES_INSECURE: 'yes',
  };
  const { model, warnings } = resolve({}, environment);
  expect(model.tracer_provider?.processors[0]?.batch?.exporter.otlp_grpc?.tls?.insecure).toBe(false);
  expect(model.logger_provider?.processors[0]?.batch?.exporter.otlp_grpc?.tls?.insecure).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('counts as false')]);
});

test.each([
  ['http://collector:4318', 'http://collector:4318/v1/traces'],
  ['http://collector:4318/', 'http://collector:4318/v1/traces'],
  ['http://collector:4318/base', 'http://collector:4318/base/v1/traces'],
  ['http://collector/base/?key=a/b#part', 'http://collector/base/v1/traces?key=a/b'],
])('spans go to a path below the base URL %s', (base, url) => {
  const { model } = resolve({}, { OTEL_EXPORTER_OTLP_ENDPOINT: base });
  expect(model.tracer_provider?.processors[0]?.batch?.exporter.otlp_http?.endpoint).toBe(url);
});

test.each([
  ['collector:4317', 'collector:4317'],
  ['dns:collector:4317', 'collector:4317'],
  ['dns:///collector:4317', 'collector:4317'],
  ['dns://8.8.8.8/collector:4317', 'collector:4317'],
  ['unix:/run/collector.sock', 'unix:///run/collector.sock'],
  ['unix:///run/collector.sock', 'unix:///run/collector.sock'],
  ['https://collector:4317', 'https://collector:4317'],
])('an exporter for gRPC takes the target %s', (target, url) => {
  const environment = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: target };
  expect(resolve({}, environment).warnings).toEqual([]);
  expect(grpcTarget(target)).toBe(url);
});

test('a client certificate and its key are used together', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: FILE,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: FILE,
  };
  const { model, warnings } = resolve({}, environment);
  expect(warnings).toEqual([]);
  expect(JSON.stringify(model)).toContain(`"tls":{"cert_file":"${FILE}","key_file":"${FILE}"}`);
});

test('every invalid variable at once gives a line each, and everything is built', () => {
  const environment = Object.fromEntries(
    unusable.filter(([name]) => !/ENDPOINT|CLIENT|EXPORTER$/.test(name)),
  );
  const { warnings } = build(environment);
  for (const name of Object.keys(environment))
    expect(
      warnings.some((line) => line.startsWith(name)),
      name,
    ).toBe(true);
});
