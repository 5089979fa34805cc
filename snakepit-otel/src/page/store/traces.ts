import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { Span, TraceHead } from '../contract.js';
import type { Changes } from './changes.js';
import { ERROR_TRACES, LIMITS } from './limits.js';
import { spanOf } from './span-json.js';
import { KeptTrace } from './trace.js';

/** The newest traces, in order of their first span that ended. */
export class TraceList {
  readonly #traces = new Map<string, KeptTrace>();
  readonly #changes: Changes;
  #spans = 0;
  #errors = 0;
  bytes = 0;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get heads(): TraceHead[] {
    return [...this.#traces.values()].map(({ head }) => head);
  }

  get all(): readonly KeptTrace[] {
    return [...this.#traces.values()];
  }

  get(id: string): KeptTrace | undefined {
    return this.#traces.get(id);
  }

  /** Adds a span that ended. Returns it as the page shows it. */
  add(readable: ReadableSpan): Span {
    const span = spanOf(readable);
    const { traceId } = readable.spanContext();
    let trace = this.#traces.get(traceId);
    if (trace === undefined) {
      trace = new KeptTrace(traceId);
      this.#traces.set(traceId, trace);
    }
    const before = { bytes: trace.bytes, spans: trace.spans.length, hasError: trace.hasError };
    trace.add(span, readable.parentSpanContext?.isRemote === true);
    this.bytes += trace.bytes - before.bytes;
    this.#spans += trace.spans.length - before.spans;
    this.#errors += Number(trace.hasError) - Number(before.hasError);
    while (this.#traces.size > LIMITS.traces || this.#spans > LIMITS.spans) this.#makeRoom(traceId);
    this.#changes.mark('traces', traceId);
    return span;
  }

  /** Returns false if there is none. */
  dropOldest(): boolean {
    const [id] = this.#traces.keys();
    if (id === undefined) return false;
    this.#drop(id);
    return true;
  }

  /** Traces with errors have places of their own. */
  #makeRoom(added: string): void {
    for (const { id, hasError } of this.#traces.values()) {
      if (id === added || (hasError && this.#errors <= ERROR_TRACES)) continue;
      this.#drop(id);
      return;
    }
    for (const id of this.#traces.keys()) {
      if (id === added) continue;
      this.#drop(id);
      return;
    }
  }

  #drop(id: string): void {
    const trace = this.#traces.get(id);
    if (trace === undefined) return;
    this.#traces.delete(id);
    this.bytes -= trace.bytes;
    this.#spans -= trace.spans.length;
    this.#errors -= Number(trace.hasError);
  }
}
