import { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { forEachField, type Range } from '../protobuf.js';
import { findItems, frameOf, parseItem, resourcesOf } from './json-items.js';

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
 * As `countProtobuf`, for a request in JSON. Divides the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function countJson(bytes: Buffer, signal: 'metrics' | 'logs'): Promise<number> {
  const turn = new TurnBudget();
  const ranges = await findItems(bytes, signal, turn);
  resourcesOf(frameOf(bytes, ranges), signal);
  let count = 0;
  for (const range of ranges.flat(2)) {
    if (turn.isSpent) await turn.next();
    const item = parseItem(bytes, range);
    count += signal === 'logs' ? 1 : dataPointsOf(item as Metric);
  }
  return count;
}

type Metric = Readonly<Record<string, { readonly dataPoints?: unknown } | null | undefined>>;

const dataPointsOf = (metric: Metric): number =>
  JSON_KINDS.map((kind) => metric[kind]?.dataPoints).reduce(
    (sum: number, points) => sum + (Array.isArray(points) ? points.length : 0),
    0,
  );
