import { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { type Range, walkFields } from '../protobuf.js';
import { findItems, frameOf, parseItem, resourcesOf } from './json-items.js';
import { JsonScanner } from './json-scanner.js';

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
const RESOURCES = [1];
const SCOPES = [2];
const ITEMS = [2];
/** Kinds of metrics: gauge, sum, histogram, exponential histogram, summary. */
const KINDS = [5, 7, 9, 10, 11];
const DATA_POINTS = [1];
/** Fields that lead to what is counted. */
const PATHS = {
  logs: [RESOURCES, SCOPES, ITEMS],
  metrics: [RESOURCES, SCOPES, ITEMS, KINDS, DATA_POINTS],
};
const JSON_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/**
 * Returns the number of log records, or of data points of metrics, in a request to export. Divides the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function countProtobuf(bytes: Uint8Array, signal: 'metrics' | 'logs'): Promise<number> {
  const path = PATHS[signal];
  const last = path.length - 1;
  let count = 0;
  await walkFields(bytes, path.slice(0, -1), new TurnBudget(), ({ number }, level) => {
    if (level === last && path[last]?.includes(number)) count++;
  });
  return count;
}

/**
 * As `countProtobuf`, for a request in JSON.
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
    if (signal === 'metrics') count += await countDataPoints(bytes, range, turn);
    else if (parseItem(bytes, range)) count++;
  }
  return count;
}

/** Returns the number of data points of a metric. Parses one at a time. @throws MalformedMessage (as a rejection) */
async function countDataPoints(bytes: Buffer, metric: Range, turn: TurnBudget): Promise<number> {
  const points: Range[] = [];
  const scanner = new JsonScanner(bytes, metric.start);
  const isObject = scanner.enterObject();
  for (let kind = isObject && scanner.nextMember(); typeof kind === 'string'; kind = scanner.nextMember()) {
    if (turn.isSpent) await turn.next();
    if (!JSON_KINDS.includes(kind) || !scanner.enterObject()) {
      scanner.skipValue();
      continue;
    }
    for (let name = scanner.nextMember(); name !== undefined; name = scanner.nextMember()) {
      if (name !== 'dataPoints' || !scanner.enterList()) {
        scanner.skipValue();
        continue;
      }
      while (scanner.nextItem()) {
        if (turn.isSpent) await turn.next();
        const point = scanner.skipValue();
        parseItem(bytes, point);
        points.push(point);
      }
    }
  }
  frameOf(bytes, [[points]], metric);
  return points.length;
}
