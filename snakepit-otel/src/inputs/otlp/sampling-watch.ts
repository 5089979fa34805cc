import { warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';

/** Requests that are watched at a time. */
const MAX_WATCHED = 1000;
/** Time for both spans of a request to arrive, ms. Queues of SDKs send after seconds, and again after failures. */
const WATCH_MS = 60_000;
/** Requests that are judged together. */
const JUDGED = 100;
/** Share of them without one span from which a sampler is assumed. Spans that an outage costs are fewer. */
const MISSING_SHARE = 0.1;

const CALL = 1;
const REQUEST = 2;

const UNSAMPLED_CALLER =
  'OTLP: spans have a traceparent as their correlation id whose span was not sampled: their trace has no root. ' +
  'Sample in the collector, after the join, and everything in the processes';
const missing = (missed: string, present: string) =>
  `OTLP: many requests have a span of ${present}, and none of ${missed}: a sampler in the process drops it, and their traces have ` +
  'gaps. Use parentbased_always_on in all processes, and sample in the collector, after the join';

/**
 * Notices samplers that break the join: those of two processes that decide by different trace ids. Watches a part of the requests for
 * a minute each, and warns once about each cause.
 */
export class SamplingWatch {
  readonly #isReported: (callSpanId: string) => boolean;
  readonly #warn: (line: string) => void;
  /** Id of the call → which of its spans have come, and when the first one came. In order of that time. */
  readonly #watched = new Map<string, { spans: number; readonly since: number }>();
  /** Bits that the ids of watched requests begin with, all of them zero. A request is watched from its first span on, or never. */
  #level = 0;
  #tally = { both: 0, onlyCall: 0, onlyRequest: 0 };

  /** @param isReported returns true if events made the span of a call */
  constructor(isReported: (callSpanId: string) => boolean, warn: (line: string) => void = warnOnce) {
    this.#isReported = isReported;
    this.#warn = warn;
  }

  /** Takes a span of Elixir for a call. */
  seeCall(callSpanId: string): void {
    this.#see(callSpanId, CALL);
  }

  /** Takes a span of Python for the request that a call of Elixir causes. */
  seeRequest(callSpanId: string): void {
    this.#see(callSpanId, REQUEST);
  }

  /** Takes a span below a caller that was not sampled. */
  seeUnsampledCaller(): void {
    this.#warn(UNSAMPLED_CALLER);
  }

  #see(callSpanId: string, span: typeof CALL | typeof REQUEST): void {
    const now = performance.now();
    for (const [id, { spans, since }] of this.#watched) {
      if (now - since < WATCH_MS) break;
      this.#watched.delete(id);
      this.#judge(this.#isReported(id) ? spans | CALL : spans);
    }
    if (this.#watched.size === 0) this.#level = 0;
    if (!this.#isWatched(callSpanId)) return;
    const known = this.#watched.get(callSpanId);
    if (known !== undefined) {
      known.spans |= span;
      return;
    }
    this.#watched.set(callSpanId, { spans: span, since: now });
    while (this.#watched.size > MAX_WATCHED) {
      this.#level++;
      for (const id of this.#watched.keys()) if (!this.#isWatched(id)) this.#watched.delete(id);
    }
  }

  #isWatched(callSpanId: string): boolean {
    return this.#level === 0 || Number.parseInt(callSpanId.slice(0, 8), 16) < 2 ** (32 - this.#level);
  }

  #judge(spans: number): void {
    const tally = this.#tally;
    if (spans === (CALL | REQUEST)) tally.both++;
    else if (spans === CALL) tally.onlyCall++;
    else tally.onlyRequest++;
    const { both, onlyCall, onlyRequest } = tally;
    if (both + onlyCall + onlyRequest < JUDGED) return;
    this.#tally = { both: 0, onlyCall: 0, onlyRequest: 0 };
    // Where one of the two never exports to this agent, nothing is missing.
    if (both === 0 && (onlyCall === 0 || onlyRequest === 0)) return;
    if (onlyRequest >= MISSING_SHARE * JUDGED) this.#warn(missing('Elixir', 'Python'));
    if (onlyCall >= MISSING_SHARE * JUDGED) this.#warn(missing('Python', 'Elixir'));
  }
}
