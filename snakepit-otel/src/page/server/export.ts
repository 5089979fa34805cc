import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GPU_METRICS, RANGES, type Span, type TraceHead } from '../contract.js';
import { otlpSpans } from '../otlp-json.js';
import { windowOf } from '../store/gpu-history.js';
import type { PageStore } from '../store/page-store.js';
import { csvOf } from './csv.js';
import { HttpError } from './http-error.js';
import { oneOf, rangeOf } from './query.js';
import { limitReading, NO_STORE } from './responses.js';

const KINDS = ['traces', 'gpus', 'events', 'errors'] as const;
const FORMATS = ['json', 'csv'] as const;
type Kind = (typeof KINDS)[number];
type Parts = AsyncGenerator<string> | Generator<string>;

const TYPES = { json: 'application/json', csv: 'text/csv; charset=utf-8' } as const;

/** Sends what is kept as a file, part by part: it may be large. */
export async function sendExport(
  store: PageStore,
  query: URLSearchParams,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const kind = oneOf(query, 'kind', KINDS, 'traces');
  const format = oneOf(query, 'format', FORMATS, 'json');
  const range = RANGES[rangeOf(query)];
  if (method !== 'GET' && method !== 'HEAD') throw new HttpError(405, 'only GET and HEAD are allowed');
  response.writeHead(200, {
    ...NO_STORE,
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="snakepit-${kind}.${format}"`,
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  limitReading(response);
  const parts = EXPORTS[format][kind](store, Date.now() - range);
  // A client that goes away ends the export.
  await pipeline(Readable.from(parts), response).catch(() => {});
}

const EXPORTS: Record<(typeof FORMATS)[number], Record<Kind, (store: PageStore, from: number) => Parts>> = {
  json: {
    traces: otlpTraces,
    gpus: (store, from) => list(gpuRows(store, from), (row) => JSON.stringify(row)),
    events: (store, from) =>
      list(
        store.events.rows().filter((row) => JSON.parse(row).ts >= from),
        (row) => row,
      ),
    errors: (store, from) =>
      list(
        store.errors.details.filter(({ head }) => head.ts >= from),
        (row) => JSON.stringify(row),
      ),
  },
  csv: {
    traces: (store, from) => csvOf(TRACE_COLUMNS, traceRows(store, from)),
    gpus: (store, from) => csvOf(['ts', 'device', ...GPU_METRICS], gpuRows(store, from)),
    events: (store, from) =>
      csvOf(
        ['ts', 'level', 'name', 'text', 'trace', 'span', 'attributes'],
        store.events
          .rows()
          .map((row) => JSON.parse(row))
          .filter(({ ts }) => ts >= from),
      ),
    errors: (store, from) =>
      csvOf(
        [
          'ts',
          'kind',
          'type',
          'message',
          'count',
          'firstSeen',
          'device',
          'pool',
          'worker',
          'place',
          'trace',
          'span',
        ],
        store.errors.heads.filter(({ ts }) => ts >= from),
      ),
  },
};

const TRACE_COLUMNS = [
  'trace',
  'id',
  'parent',
  'name',
  'kind',
  'service',
  'start',
  'ms',
  'status',
  'statusMessage',
  'device',
  'joules',
  'peakMemory',
];

async function* otlpTraces(store: PageStore, from: number): AsyncGenerator<string> {
  yield '{"resourceSpans":[';
  let separator = '';
  for (const trace of store.traces.all) {
    if (trace.end < from) continue;
    await nextTurn();
    for (const resource of otlpSpans(
      trace.id,
      trace.spans.map(({ json }) => JSON.parse(json) as Span),
    )) {
      yield separator + JSON.stringify(resource);
      separator = ',';
    }
  }
  yield ']}\n';
}

function* traceRows(store: PageStore, from: number): Generator<Span & { trace: TraceHead['id'] }> {
  for (const trace of store.traces.all) {
    if (trace.end < from) continue;
    for (const { json } of trace.spans) yield { trace: trace.id, ...(JSON.parse(json) as Span) };
  }
}

function* gpuRows(store: PageStore, from: number): Generator<Record<string, unknown>> {
  const window = windowOf(from, Date.now());
  for (const gpu of store.gpus.all) {
    const columns = GPU_METRICS.map((_, index) => gpu.history.steps(index, window).mean);
    for (let i = 0; i < window.count; i++) {
      const values = GPU_METRICS.map((metric, index) => [metric, columns[index]?.[i] ?? null]);
      if (values.every(([, value]) => value === null)) continue;
      yield { ts: window.from + i * window.step, device: gpu.device, ...Object.fromEntries(values) };
    }
  }
}

function* list<T>(rows: Iterable<T>, encode: (row: T) => string): Generator<string> {
  let separator = '[';
  for (const row of rows) {
    yield `${separator}${encode(row)}\n`;
    separator = ',';
  }
  yield separator === '[' ? '[]\n' : ']\n';
}
