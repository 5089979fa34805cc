// For each variable: values, and how the effect of a valid one is observed from outside.

/**
 * @typedef {object} Case
 * @property {string} [valid] a valid value that differs from the default
 * @property {string} [invalid] a value that cannot be used
 * @property {(observed: any) => boolean} honored true if the valid value took effect
 * @property {(observed: any) => string | undefined} [partly] describes a value that took effect in part
 * @property {boolean} [isRequired] true if an invalid value stops telemetry, because nothing may apply in its place
 * @property {Record<string, string>} [env] other variables that the observation needs
 * @property {string} [hangs] signal whose exports get no response
 * @property {string} [tls] kind of TLS of the collector
 * @property {{ host: string, closedHost?: string }} [page] address of the metrics page, and one that must not serve it
 */

const WAIT = { PROBE_WAIT: '1500' };
/** Limit for exports that cannot succeed, so that a run ends soon. */
const SHORT = { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' };
const QUIET = { OTEL_METRICS_EXPORTER: 'none' };
const attributeCount = (item) => item?.attributes?.length;
const textLength = (item) => item?.attributes?.find(({ key }) => key === 'k0')?.value.stringValue.length;
const eventAttributes = ({ span }) =>
  Math.max(0, ...(span?.events ?? []).map((event) => event.attributes?.length ?? 0));
const linkAttributes = ({ span }) =>
  Math.max(0, ...(span?.links ?? []).map((link) => link.attributes?.length ?? 0));
const before = (signal) => (observed) => observed.received(signal).some(({ at }) => at < observed.doneAt);
const total = (requests) => requests.reduce((sum, { length }) => sum + length, 0);
const largest = (requests) => Math.max(0, ...requests.map(({ length }) => length));

/** Values of the batch processors, for spans and for log records. */
function batch(prefix, signal, requestsOf) {
  // The defaults are 5 s and 1 s, and the program runs for 3.5 s.
  const isShortened = prefix === 'OTEL_BSP';
  const burst = { PROBE_SPANS: '20' };
  const repeat = {
    ...WAIT,
    ...QUIET,
    [`${prefix}_SCHEDULE_DELAY`]: '100',
    [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: '1',
  };
  return {
    [`${prefix}_SCHEDULE_DELAY`]: {
      valid: isShortened ? '100' : '60000',
      invalid: '60s',
      env: { PROBE_WAIT: '3500' },
      honored: (observed) => before(signal)(observed) === isShortened,
    },
    [`${prefix}_EXPORT_TIMEOUT`]: {
      valid: '200',
      invalid: '-1',
      hangs: signal,
      env: repeat,
      honored: (observed) => observed.received(signal).filter(({ at }) => at < observed.doneAt).length > 1,
    },
    [`${prefix}_MAX_QUEUE_SIZE`]: {
      valid: '5',
      invalid: 'big',
      env: burst,
      honored: (observed) => total(requestsOf(observed)) > 0 && total(requestsOf(observed)) < 20,
    },
    [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: {
      valid: '2',
      invalid: '0',
      env: burst,
      honored: (observed) => total(requestsOf(observed)) >= 20 && largest(requestsOf(observed)) === 2,
    },
  };
}

/** OTLP variables of all signals, or of one. */
function otlp(scope) {
  const name = (field) => `OTEL_EXPORTER_OTLP_${scope}${field}`;
  const signals = scope === '' ? ['traces', 'metrics', 'logs'] : [scope.slice(0, -1).toLowerCase()];
  const [signal] = signals;
  const arrived = (list) => signals.every((each) => list.includes(each));
  const inHeaders = (test) => (observed) =>
    signals.every((each) => observed.received(each).some(({ headers }) => test(headers)));
  const insecure = {
    [`OTEL_EXPORTER_OTLP_${scope}PROTOCOL`]: 'grpc',
    [`OTEL_EXPORTER_OTLP_${scope}ENDPOINT`]: '$hostPort',
    ...SHORT,
  };
  return {
    [name('ENDPOINT')]: {
      valid: scope === '' ? '$other/base/' : '$other/custom',
      invalid: 'ftp://x',
      honored: ({ other }) =>
        scope === ''
          ? signals.every((each) => other.some(({ path }) => path === `/base/v1/${each}`))
          : other.some(({ path }) => path === '/custom'),
    },
    [name('PROTOCOL')]: {
      // The default is http/protobuf, and the other probes use http/json.
      valid: scope === '' ? 'http/json' : 'http/protobuf',
      invalid: 'thrift',
      honored: inHeaders(
        (headers) =>
          headers['content-type'] === (scope === '' ? 'application/json' : 'application/x-protobuf'),
      ),
    },
    [name('HEADERS')]: {
      valid: 'x-probe=a%20b',
      invalid: 'novalue',
      honored: inHeaders((headers) => headers['x-probe'] === 'a b'),
    },
    [name('TIMEOUT')]: {
      valid: '300',
      invalid: '10s',
      hangs: signal,
      env: {
        ...WAIT,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_BLRP_SCHEDULE_DELAY: '100',
        OTEL_METRIC_EXPORT_INTERVAL: '300',
        OTEL_METRIC_EXPORT_TIMEOUT: '299',
      },
      honored: (observed) =>
        observed
          .received(signal)
          .some(({ abortedAfterMs, at }) => abortedAfterMs < 800 && at + abortedAfterMs < observed.doneAt),
    },
    [name('COMPRESSION')]: {
      valid: 'gzip',
      invalid: 'zstd',
      honored: inHeaders((headers) => headers['content-encoding'] === 'gzip'),
    },
    [name('INSECURE')]: {
      valid: 'true',
      invalid: '1',
      env: insecure,
      honored: ({ grpcSignals }) => arrived(grpcSignals),
    },
    [name('CERTIFICATE')]: {
      valid: '$ca',
      invalid: '/nowhere.pem',
      tls: 'server',
      env: SHORT,
      honored: ({ signals: list }) => arrived(list),
    },
    [name('CLIENT_CERTIFICATE')]: {
      valid: '$cert',
      invalid: '/nowhere.pem',
      tls: 'mutual',
      env: { [name('CLIENT_KEY')]: '$key', [name('CERTIFICATE')]: '$ca', ...SHORT },
      honored: ({ signals: list }) => arrived(list),
    },
    [name('CLIENT_KEY')]: {
      valid: '$key',
      invalid: '/nowhere.pem',
      tls: 'mutual',
      env: { [name('CLIENT_CERTIFICATE')]: '$cert', [name('CERTIFICATE')]: '$ca', ...SHORT },
      honored: ({ signals: list }) => arrived(list),
    },
  };
}

const never = () => false;
const PROMETHEUS = { OTEL_METRICS_EXPORTER: 'prometheus', ...WAIT };

/** @type {Record<string, Case>} */
export const CASES = {
  OTEL_SDK_DISABLED: {
    valid: 'true',
    invalid: 'yes',
    honored: ({ signals, carrier }) => signals.length === 0 && 'traceparent' in carrier,
    partly: ({ signals }) => (signals.length === 0 ? 'honored, but no context is propagated' : undefined),
  },
  OTEL_ENTITIES: { valid: 'service{service.name=x}', honored: never },
  OTEL_RESOURCE_ATTRIBUTES: {
    valid: 'team=a%2Cb',
    invalid: 'a=100%,b=c',
    honored: ({ resource }) => resource.team === 'a,b',
  },
  OTEL_SERVICE_NAME: {
    valid: 'probe-service',
    honored: ({ resource }) => resource['service.name'] === 'probe-service',
  },
  OTEL_LOG_LEVEL: {
    valid: 'debug',
    invalid: 'warning',
    honored: ({ output }) => output.includes('Registered a global for trace'),
  },
  OTEL_PROPAGATORS: {
    valid: 'b3',
    invalid: 'w3c',
    honored: ({ carrier }) => 'b3' in carrier && !('traceparent' in carrier),
  },
  OTEL_TRACES_SAMPLER: {
    valid: 'always_off',
    invalid: 'sometimes',
    honored: ({ signals }) => signals.join() === 'logs,metrics',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    valid: '0',
    invalid: 'half',
    env: { OTEL_TRACES_SAMPLER: 'traceidratio' },
    honored: ({ signals }) => signals.join() === 'logs,metrics',
  },
  ...batch('OTEL_BSP', 'traces', ({ spanRequests }) => spanRequests),
  ...batch('OTEL_BLRP', 'logs', ({ logRequests }) => logRequests),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    valid: '7',
    invalid: 'long',
    honored: ({ span, record }) => textLength(span) === 7 && textLength(record) === 7,
  },
  OTEL_ATTRIBUTE_COUNT_LIMIT: {
    valid: '3',
    invalid: 'many',
    honored: ({ span, record }) => attributeCount(span) === 3 && attributeCount(record) === 3,
  },
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    valid: '7',
    invalid: 'long',
    honored: ({ span, record }) => textLength(span) === 7 && textLength(record) === 5000,
  },
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: {
    valid: '3',
    invalid: 'many',
    honored: ({ span, record }) => attributeCount(span) === 3 && attributeCount(record) === 128,
  },
  OTEL_SPAN_EVENT_COUNT_LIMIT: {
    valid: '4',
    invalid: 'many',
    honored: ({ span }) => span?.events.length === 4,
  },
  OTEL_SPAN_LINK_COUNT_LIMIT: {
    valid: '4',
    invalid: 'many',
    honored: ({ span }) => span?.links.length === 4,
  },
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: {
    valid: '3',
    invalid: 'many',
    honored: (observed) => eventAttributes(observed) === 3,
  },
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: {
    valid: '3',
    invalid: 'many',
    honored: (observed) => linkAttributes(observed) === 3,
  },
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    valid: '7',
    invalid: 'long',
    honored: ({ span, record }) => textLength(span) === 5000 && textLength(record) === 7,
  },
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: {
    valid: '3',
    invalid: 'many',
    honored: ({ span, record }) => attributeCount(span) === 128 && attributeCount(record) === 3,
  },
  OTEL_EXPORTER_PROMETHEUS_HOST: {
    valid: '127.0.0.2',
    env: { ...PROMETHEUS, OTEL_EXPORTER_PROMETHEUS_PORT: '$page' },
    // An exporter that listens on all addresses would answer on each of them.
    page: { host: '127.0.0.2', closedHost: '127.0.0.1' },
    honored: ({ page }) => page?.isServed && page.isClosed,
  },
  OTEL_EXPORTER_PROMETHEUS_PORT: {
    valid: '$page',
    invalid: 'http',
    env: PROMETHEUS,
    page: { host: '127.0.0.1' },
    honored: ({ page }) => page?.isServed,
  },
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: {
    valid: '$other/zipkin',
    env: { OTEL_TRACES_EXPORTER: 'zipkin' },
    honored: ({ other }) => other.some(({ path }) => path === '/zipkin'),
  },
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: { valid: '100', honored: never },
  OTEL_EXPORTER_ZIPKIN_PROTOCOL: { valid: 'v2', honored: never },
  OTEL_TRACES_EXPORTER: {
    valid: 'console',
    invalid: 'logging',
    honored: ({ output, signals }) => !signals.includes('traces') && output.includes("name: 'probe'"),
  },
  OTEL_METRICS_EXPORTER: {
    valid: 'console',
    invalid: 'logging',
    honored: ({ output, signals }) =>
      !signals.includes('metrics') && output.includes("name: 'probe.counter'"),
  },
  OTEL_LOGS_EXPORTER: {
    valid: 'console',
    invalid: 'logging',
    honored: ({ output, signals }) => !signals.includes('logs') && output.includes("body: 'probe'"),
  },
  OTEL_METRICS_EXEMPLAR_FILTER: {
    valid: 'always_on',
    invalid: 'sometimes',
    honored: ({ metric }) => JSON.stringify(metric('probe.counter')).includes('"exemplars":[{'),
  },
  OTEL_METRIC_EXPORT_INTERVAL: {
    valid: '200',
    invalid: '60s',
    env: WAIT,
    honored: (observed) => observed.received('metrics').filter(({ at }) => at < observed.doneAt).length > 2,
  },
  OTEL_METRIC_EXPORT_TIMEOUT: {
    valid: '100',
    invalid: '30s',
    hangs: 'metrics',
    env: { ...WAIT, OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_LOG_LEVEL: 'error' },
    honored: ({ output }) => /time(d )?out/i.test(output.split('probe done')[0]),
  },
  ...otlp(''),
  ...otlp('TRACES_'),
  ...otlp('METRICS_'),
  ...otlp('LOGS_'),
  OTEL_EXPORTER_OTLP_SPAN_INSECURE: { valid: 'true', honored: never },
  OTEL_EXPORTER_OTLP_METRIC_INSECURE: { valid: 'true', honored: never },
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: {
    valid: 'delta',
    invalid: 'both',
    honored: ({ metric }) => metric('probe.counter')?.sum.aggregationTemporality === 1,
  },
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: {
    valid: 'base2_exponential_bucket_histogram',
    invalid: 'exponential',
    honored: ({ metric }) => metric('probe.histogram')?.exponentialHistogram !== undefined,
  },
  OTEL_CONFIG_FILE: {
    valid: '$file',
    invalid: '/nowhere.yaml',
    isRequired: true,
    env: { COLLECTOR: '$collector' },
    honored: ({ resource }) => resource['service.name'] === 'from-file',
  },
  OTEL_EXPERIMENTAL_CONFIG_FILE: { valid: '$file', env: { COLLECTOR: '$collector' }, honored: never },
};
