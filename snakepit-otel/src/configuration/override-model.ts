import type { ConfigurationModel } from '@opentelemetry/configuration';
import { signalUrl } from './environment-model.js';
import type { SettingName, SettingValue } from './settings.js';
import { SIGNALS, type Signal } from './variables.js';

type Given = ReadonlyMap<SettingName, unknown>;
type Properties = Record<string, unknown>;

/**
 * Returns a file's model with the options in code, which have precedence. A list of exporters in code replaces the processors and
 * readers of the file.
 *
 * @param selected model of the options alone
 */
export function overrideModel(
  model: ConfigurationModel,
  given: Given,
  selected: ConfigurationModel,
): ConfigurationModel {
  const result: ConfigurationModel = structuredClone(model);
  const option = <N extends SettingName>(name: N) => given.get(name) as SettingValue<N> | undefined;
  const attributes = { ...option('resourceAttributes') };
  const serviceName = option('serviceName');
  if (serviceName !== undefined) attributes['service.name'] = serviceName;
  if (Object.keys(attributes).length > 0) {
    const others = (result.resource?.attributes ?? []).filter(({ name }) => attributes[name] === undefined);
    const mine = Object.entries(attributes).map(([name, value]) => ({ name, value }));
    result.resource = { ...result.resource, attributes: [...others, ...mine] };
  }
  if (given.has('traces') && selected.tracer_provider !== undefined) {
    result.tracer_provider = {
      ...result.tracer_provider,
      processors: selected.tracer_provider.processors,
    };
  }
  if (given.has('metrics') && selected.meter_provider !== undefined) {
    result.meter_provider = { ...result.meter_provider, readers: selected.meter_provider.readers };
  }
  if (given.has('logs') && selected.logger_provider !== undefined) {
    result.logger_provider = { ...result.logger_provider, processors: selected.logger_provider.processors };
  }
  for (const { batch } of result.tracer_provider?.processors ?? [])
    if (batch) setBatch(batch, given, 'spanBatch');
  for (const { batch } of result.logger_provider?.processors ?? [])
    if (batch) setBatch(batch, given, 'logBatch');
  for (const { periodic, pull } of result.meter_provider?.readers ?? []) {
    if (periodic) set(periodic, { interval: option('metricExportIntervalMs') });
    const page = pull?.exporter['prometheus/development'];
    if (page) {
      set(page, {
        host: option('prometheus.host'),
        port: option('prometheus.port'),
        scope_info_enabled: option('prometheus.scopeInfo'),
      });
    }
  }
  for (const signal of SIGNALS)
    for (const holder of exportersOf(result, signal)) setOtlp(holder, given, signal);
  return result;
}

function setBatch(target: object, given: Given, group: 'spanBatch' | 'logBatch'): void {
  set(target, {
    schedule_delay: given.get(`${group}.scheduledDelayMs`),
    max_queue_size: given.get(`${group}.maxQueueSize`),
    max_export_batch_size: given.get(`${group}.maxExportBatchSize`),
  });
}

function exportersOf(model: ConfigurationModel, signal: Signal): Properties[] {
  const holders = {
    TRACES: (model.tracer_provider?.processors ?? []).map(({ batch, simple }) => batch ?? simple),
    METRICS: (model.meter_provider?.readers ?? []).map(({ periodic }) => periodic),
    LOGS: (model.logger_provider?.processors ?? []).map(({ batch, simple }) => batch ?? simple),
  }[signal];
  return holders.flatMap((holder) =>
    holder === undefined ? [] : [holder.exporter as unknown as Properties],
  );
}

function setOtlp(exporter: Properties, given: Given, signal: Signal): void {
  const kind = ['otlp_http', 'otlp_grpc'].find((name) => name in exporter);
  if (kind === undefined) return;
  const protocol = given.get('otlp.protocol');
  const target = protocol === undefined ? kind : protocol === 'grpc' ? 'otlp_grpc' : 'otlp_http';
  const properties = { ...(exporter[kind] as Properties | null) };
  if (target !== kind) for (const name of ['endpoint', 'encoding']) delete properties[name];
  const endpoint = given.get('otlp.endpoint') as string | undefined;
  const headers = given.get('otlp.headers') as Record<string, string> | undefined;
  set(properties, {
    endpoint: endpoint === undefined || target === 'otlp_grpc' ? endpoint : signalUrl(endpoint, signal),
    headers: headers && Object.entries(headers).map(([name, value]) => ({ name, value })),
    timeout: given.get('otlp.timeoutMs'),
    compression: given.get('otlp.compression'),
    encoding:
      protocol === undefined || target === 'otlp_grpc'
        ? undefined
        : protocol === 'http/json'
          ? 'json'
          : 'protobuf',
  });
  if (headers !== undefined) delete properties.headers_list;
  delete exporter[kind];
  exporter[target] = properties;
}

function set(target: object, values: Properties): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) (target as Properties)[name] = value;
  }
}
