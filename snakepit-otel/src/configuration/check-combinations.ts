import { isGrpcTarget } from './parse-variable.js';
import { SIGNALS, type VariableValues } from './variables.js';

/** Returns a warning for each value that another value rules out. */
export function checkCombinations(values: Partial<VariableValues>): string[] {
  const warnings: string[] = [];
  const onlyGrpc =
    'names no scheme of HTTP, which only the protocol grpc supports. Used instead: the default.';
  for (const signal of SIGNALS) {
    const protocol = values[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] ?? values.OTEL_EXPORTER_OTLP_PROTOCOL;
    if (protocol === 'grpc') continue;
    for (const name of [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const) {
      const endpoint = values[name];
      if (endpoint === undefined) continue;
      if (isGrpcTarget(endpoint)) warnings.push(`${name}=${JSON.stringify(endpoint)} ${onlyGrpc}`);
      break;
    }
  }
  for (const scope of ['', ...SIGNALS.map((signal) => `${signal}_` as const)] as const) {
    const certificate = values[`OTEL_EXPORTER_OTLP_${scope}CLIENT_CERTIFICATE`];
    const key = values[`OTEL_EXPORTER_OTLP_${scope}CLIENT_KEY`];
    if ((certificate === undefined) === (key === undefined)) continue;
    const [given, missing] = key === undefined ? ['CERTIFICATE', 'KEY'] : ['KEY', 'CERTIFICATE'];
    const prefix = `OTEL_EXPORTER_OTLP_${scope}CLIENT_`;
    warnings.push(`${prefix}${given} has no effect without ${prefix}${missing}.`);
  }
  const { OTEL_METRIC_EXPORT_INTERVAL: interval = 60_000, OTEL_METRIC_EXPORT_TIMEOUT: timeout } = values;
  if (timeout !== undefined && timeout > interval) {
    warnings.push(
      `OTEL_METRIC_EXPORT_TIMEOUT="${timeout}" is longer than the export interval. Used instead: ${interval}.`,
    );
  }
  for (const processor of ['BSP', 'BLRP'] as const) {
    const size = values[`OTEL_${processor}_MAX_EXPORT_BATCH_SIZE`];
    const queue = values[`OTEL_${processor}_MAX_QUEUE_SIZE`] ?? 2048;
    if (size !== undefined && size > queue) {
      warnings.push(
        `OTEL_${processor}_MAX_EXPORT_BATCH_SIZE="${size}" is larger than the queue. Used instead: ${queue}.`,
      );
    }
  }
  return [...new Set(warnings)];
}
