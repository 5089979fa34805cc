import type { IncomingMessage, ServerResponse } from 'node:http';
import { GPU_METRICS, RANGES, type SeriesAnswer } from '../contract.js';
import { windowOf } from '../store/gpu-history.js';
import type { PageStore } from '../store/page-store.js';
import { parsePosition } from './event-stream.js';
import { sendExport } from './export.js';
import { HttpError } from './http-error.js';
import type { Hub } from './hub.js';
import { metricOf, rangeOf, timeOf } from './query.js';
import { NO_STORE, sendJson } from './responses.js';
import type { Snapshots } from './snapshots.js';
import { MAX_CLIENTS, type Streams } from './streams.js';
import { traceJson } from './trace-json.js';

/** Answers that are built or read at a time; further requests are refused. */
const MAX_ANSWERS = 16;

interface ApiParts {
  readonly store: PageStore;
  readonly hub: Hub;
  readonly snapshots: Snapshots;
  readonly streams: Streams;
}

/** The data of the page. */
export class Api {
  readonly #parts: ApiParts;
  #answers = 0;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** @throws HttpError for a request that cannot be answered */
  async answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [, name = '', id] = /^\/api\/v1\/([a-z]{1,16})(?:\/([0-9a-z]{1,64}))?$/.exec(path) ?? [];
    if (name === 'stream' && id === undefined) {
      this.#stream(query, request, response);
      return;
    }
    if (this.#answers >= MAX_ANSWERS) throw busy('too many requests at a time');
    this.#answers++;
    response.once('close', () => this.#answers--);
    const { store, hub, snapshots } = this.#parts;
    switch (id === undefined ? name : `${name}/`) {
      case 'snapshot': {
        const range = rangeOf(query);
        const at = query.has('at') ? timeOf(query, 'at', 0) : undefined;
        // The client may ask for the messages that follow.
        hub.watch();
        const { json } = await snapshots.get(range, at);
        return sendJson(request, response, 200, json);
      }
      case 'traces/': {
        const trace = store.traces.get(id ?? '');
        if (trace === undefined) throw new HttpError(404, 'this trace is not kept, or not any more');
        return sendJson(request, response, 200, traceJson(trace, store.gpus));
      }
      case 'errors/': {
        const error = store.errors.find(id ?? '');
        if (error === undefined) throw new HttpError(404, 'this error is not kept, or not any more');
        return sendJson(request, response, 200, JSON.stringify(error));
      }
      case 'series':
        return sendJson(request, response, 200, JSON.stringify(this.#series(query)));
      case 'export':
        return sendExport(store, query, request, response);
      default:
        throw new HttpError(404, 'there is no such page');
    }
  }

  #stream(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const range = rangeOf(query);
    const { streams } = this.#parts;
    if (streams.isFull) throw busy(`there are ${MAX_CLIENTS} clients already; close one of them`);
    const last = request.headers['last-event-id'];
    const after = parsePosition(typeof last === 'string' ? last : (query.get('from') ?? undefined));
    response.writeHead(200, { ...NO_STORE, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    streams.add(response, range, after);
  }

  #series(query: URLSearchParams): SeriesAnswer {
    const metric = metricOf(query);
    const device = query.get('device') ?? '';
    const gpu = this.#parts.store.gpus.find(device);
    if (gpu === undefined) throw new HttpError(404, 'there is no such GPU');
    const to = timeOf(query, 'to', Date.now());
    const from = timeOf(query, 'from', to - RANGES['15m']);
    if (from > to) throw new HttpError(400, 'from must not be later than to');
    const window = windowOf(from, to);
    const { mean, min, max } = gpu.history.steps(GPU_METRICS.indexOf(metric), window);
    return { device, metric, from: window.from, step: window.step, mean, min, max };
  }
}

const busy = (reason: string) => new HttpError(503, reason, { 'retry-after': '5' });
