import type { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import type { ExportSignal } from '../../sdk/export-signal.js';
import { MalformedMessage, type Range } from '../protobuf.js';
import { JsonScanner } from './json-scanner.js';

// A request may have 16 MiB. `JSON.parse` of all of it would block the event loop for long.

const MEMBERS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;
const NOUNS = { traces: 'spans', metrics: 'metrics', logs: 'log records' } as const;
/** Items of a request, their scopes and resources included: an empty one has 3 bytes, and takes many times as much memory here. */
const MAX_ITEMS = 100_000;
/** Bytes of a request beside its items, which are parsed at once. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** Takes the place of each item in the rest of the request. */
const EMPTY = Buffer.from('{}');

/** Where the items of a request are: the spans, log records or metrics of each list, by resource. */
export type ItemRanges = readonly (readonly (readonly Range[])[])[];

/**
 * Finds the items of a request to export in JSON, in the order in which `JSON.parse` has them. Of a member that is there twice, the last
 * one counts. Divides the work among turns of the event loop.
 *
 * @param signal of which signal they are
 * @throws MalformedMessage (as a rejection)
 */
export async function findItems(
  bytes: Uint8Array,
  signal: ExportSignal,
  turn: TurnBudget,
): Promise<ItemRanges> {
  const [resources, scopes, items] = MEMBERS[signal];
  const scanner = new JsonScanner(bytes);
  // The data points of a metric are parsed one by one.
  const maxValues = signal === 'metrics' ? Number.POSITIVE_INFINITY : undefined;
  let messages = 0;

  /** Reads the list of a member; a value of any other kind is passed over. */
  async function readList<T>(read: () => T | Promise<T>): Promise<T[]> {
    const found: T[] = [];
    if (!scanner.enterList()) {
      scanner.skipValue();
      return found;
    }
    while (scanner.nextItem()) {
      if (++messages > MAX_ITEMS) throw new MalformedMessage(`more than ${MAX_ITEMS} ${NOUNS[signal]}`);
      if (turn.isSpent) await turn.next();
      const item = read();
      found.push(item instanceof Promise ? await item : item);
    }
    return found;
  }
  /** Reads the list that a member of an object has. */
  async function readMember<T>(member: string, read: () => T | Promise<T>): Promise<T[]> {
    let found: T[] = [];
    if (!scanner.enterObject()) {
      scanner.skipValue();
      return found;
    }
    for (let name = scanner.nextMember(); name !== undefined; name = scanner.nextMember()) {
      if (turn.isSpent) await turn.next();
      if (name === member) found = await readList(read);
      else scanner.skipValue();
    }
    return found;
  }
  return readMember(resources, () =>
    readMember(scopes, () => readMember(items, () => scanner.skipValue(maxValues))),
  );
}

/**
 * Returns the request with empty items.
 *
 * @param whole another object of which the items are parts
 */
export function frameOf(
  bytes: Buffer,
  ranges: ItemRanges,
  whole: Range = { start: 0, end: bytes.length },
): object {
  const items = ranges.flat(2);
  const size = items.reduce((rest, { start, end }) => rest - (end - start), whole.end - whole.start);
  if (size > MAX_FRAME_BYTES)
    throw new MalformedMessage(`the body has more than ${MAX_FRAME_BYTES} bytes beside its items`);
  const frame = Buffer.allocUnsafe(size + items.length * EMPTY.length);
  let [from, to] = [whole.start, 0];
  for (const { start, end } of items) {
    to += bytes.copy(frame, to, from, start);
    to += EMPTY.copy(frame, to);
    from = end;
  }
  bytes.copy(frame, to, from, whole.end);
  return parseObject(frame.toString());
}

/** Returns the resources of a frame. @throws MalformedMessage if it has something else in place of a list */
export function resourcesOf(frame: object, signal: ExportSignal): object[] {
  const [resources, scopes, items] = MEMBERS[signal];
  const found = listsOf(frame, resources);
  for (const scope of found.flatMap((resource) => listsOf(resource, scopes))) listsOf(scope, items);
  return found;
}

/** Parses an item. @throws MalformedMessage if it is not a JSON object */
export const parseItem = (bytes: Buffer, { start, end }: Range): object =>
  parseObject(bytes.toString('utf8', start, end));

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedMessage('the body is not JSON');
  }
  if (!isObject(value)) throw new MalformedMessage('the body, or an item of it, is not an object');
  return value;
}

/** Returns the objects of a list; none if it is absent. */
function listsOf(parent: object, key: string): object[] {
  const list: unknown = (parent as Record<string, unknown>)[key] ?? [];
  if (!Array.isArray(list) || !list.every(isObject))
    throw new MalformedMessage(`${key} is not a list of objects`);
  return list;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
