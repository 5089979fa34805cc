import { forEachField, MalformedMessage, type Range } from '../protobuf.js';

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
const RESOURCES = 1;
const SCOPES = 2;
const ITEMS = 2;
/** Kinds of metrics: gauge, sum, histogram, exponential histogram, summary. */
const KINDS = [5, 7, 9, 10, 11];
const DATA_POINTS = 1;
const JSON_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** Calls `visit` for each message that the field contains. */
const within =
  (bytes: Uint8Array, number: number, visit: (message: Range) => void) =>
  (message: Range): void =>
    forEachField(bytes, message, (field) => {
      if (field.number === number) visit(field);
    });

/**
 * Returns the number of log records, or of data points of metrics, in a request to export.
 *
 * @throws MalformedMessage
 */
export function countProtobuf(bytes: Uint8Array, signal: 'metrics' | 'logs'): number {
  let count = 0;
  const countDataPoints = (metric: Range) =>
    forEachField(bytes, metric, (kind) => {
      if (!KINDS.includes(kind.number)) return;
      forEachField(bytes, kind, ({ number }) => {
        if (number === DATA_POINTS) count++;
      });
    });
  const countItem = signal === 'metrics' ? countDataPoints : () => count++;
  const resources = within(bytes, RESOURCES, within(bytes, SCOPES, within(bytes, ITEMS, countItem)));
  resources({ start: 0, end: bytes.length });
  return count;
}

/**
 * As `countProtobuf`, for a request in JSON.
 *
 * @throws MalformedMessage
 */
export function countJson(text: string, signal: 'metrics' | 'logs'): number {
  try {
    const request = JSON.parse(text);
    const [resources, scopes, items] =
      signal === 'metrics'
        ? ['resourceMetrics', 'scopeMetrics', 'metrics']
        : ['resourceLogs', 'scopeLogs', 'logRecords'];
    const list: Record<string, { dataPoints?: unknown[] }>[] = (request[resources] ?? [])
      .flatMap((resource: Record<string, unknown[]>) => resource[scopes] ?? [])
      .flatMap((scope: Record<string, unknown[]>) => scope[items] ?? []);
    if (signal === 'logs') return list.length;
    return list
      .flatMap((metric) => JSON_KINDS.map((kind) => metric[kind]?.dataPoints?.length ?? 0))
      .reduce((sum, points) => sum + points, 0);
  } catch {
    throw new MalformedMessage('the body is not a request to export in JSON');
  }
}
