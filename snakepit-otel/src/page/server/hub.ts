import { catchErrors } from 'opentelemetry-instrumentation-snakepit/internal';
import type { StreamMessages, Tick } from '../contract.js';
import type { PageStore } from '../store/page-store.js';
import { keyOfReport } from '../store/problems.js';
import { encodeMessage, positionText } from './event-stream.js';
import { MessageRing } from './message-ring.js';

/** Time between messages of one kind, ms. */
const FLUSH_MS = 250;
/** Time between ticks, and between checks of what changes with time, ms. */
const TICK_MS = 1000;
const MAX_TRACES = 50;
const MAX_ERRORS = 100;
/** Time for which messages are made after the last client has left, ms: it may come back. */
const UNWATCHED_MS = 60_000;

/** Turns changes of the store into messages, once for all clients. Makes none while nobody receives them. */
export class Hub {
  readonly ring = new MessageRing();
  readonly #store: PageStore;
  readonly #boot: string;
  #onMessages: () => void = () => {};
  #clients = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #tickTimer: NodeJS.Timeout | undefined;
  #unwatchTimer: NodeJS.Timeout | undefined;
  #flushedAt = 0;
  #problems = '[]';
  readonly #reports = new Map<string, string>();

  constructor(store: PageStore, boot: string) {
    this.#store = store;
    this.#boot = boot;
    store.changes.onChange = () => this.#schedule();
  }

  /** Called when there are new messages. */
  set onMessages(onMessages: () => void) {
    this.#onMessages = onMessages;
  }

  /** Makes messages from now on, at least for a while. */
  watch(): void {
    clearTimeout(this.#unwatchTimer);
    this.#unwatchTimer = undefined;
    if (this.#clients === 0) this.#unwatchLater();
    if (this.#store.changes.isRecording) return;
    this.#store.changes.isRecording = true;
    this.#tickTimer = setInterval(
      catchErrors('Page: ticks', () => this.#tick()),
      TICK_MS,
    ).unref();
  }

  /** Adds a client. Returns a function that removes it. */
  join(): () => void {
    this.#clients++;
    this.watch();
    return () => {
      this.#clients--;
      if (this.#clients === 0) this.#unwatchLater();
    };
  }

  stop(): void {
    clearTimeout(this.#unwatchTimer);
    this.#unwatch();
    this.#store.changes.onChange = () => {};
  }

  /** Makes messages of everything that has changed, ticks excepted. Returns the number of the last message. */
  readonly flush = (): number => {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#flushedAt = Date.now();
    const store = this.#store;
    const { changes } = store;
    for (const key of changes.take('gpus')) {
      const state = store.gpus.get(key)?.state;
      if (state !== undefined) this.#send('gpu', state);
    }
    const traces = changes.take('traces', MAX_TRACES).flatMap((id) => store.traces.get(id)?.head ?? []);
    if (traces.length > 0) this.#send('traces', traces);
    const errors = changes.take('errors', MAX_ERRORS).flatMap((id) => store.errors.find(id)?.head ?? []);
    if (errors.length > 0) this.#send('errors', { rows: errors, skipped: 0 });
    const { rows, skipped } = changes.takeEvents();
    if (rows.length > 0 || skipped > 0)
      this.#sendJson('events', `{"rows":[${rows.join()}],"skipped":${skipped}}`);
    for (const name of changes.take('breakers')) {
      const row = store.breakers.row(name);
      if (row !== undefined) this.#send('breaker', row);
    }
    for (const name of changes.take('pools')) {
      const row = store.pools.row(name);
      if (row !== undefined) this.#send('pool', row);
    }
    this.#sendProblems();
    this.#onMessages();
    if (changes.hasChanges) this.#schedule();
    return this.ring.last;
  };

  #tick(): void {
    const store = this.#store;
    const now = Date.now();
    store.trim(now);
    const processes = new Set(store.changes.take('processes'));
    const sampled = new Set(store.changes.take('samples'));
    const tick: { ts: number; gpus: Record<string, unknown>; processes?: Record<string, unknown> } = {
      ts: now,
      gpus: {},
    };
    for (const key of sampled) {
      const gpu = store.gpus.get(key);
      if (gpu !== undefined) tick.gpus[gpu.device] = gpu.readings;
    }
    for (const key of processes) {
      const gpu = store.gpus.get(key);
      if (gpu === undefined) continue;
      tick.processes ??= {};
      tick.processes[gpu.device] = gpu.processes.rows;
    }
    if (sampled.size > 0 || processes.size > 0) this.#send('tick', tick as unknown as Tick);
    this.#sendReports();
    this.#sendProblems();
    this.#onMessages();
  }

  #sendReports(): void {
    for (const report of this.#store.sources.delivery()) {
      const key = keyOfReport(report);
      const json = JSON.stringify(report);
      if (this.#reports.get(key) === json) continue;
      this.#reports.set(key, json);
      this.#sendJson('delivery', json);
    }
  }

  #sendProblems(): void {
    const json = JSON.stringify(this.#store.problems.list(Date.now()));
    if (json === this.#problems) return;
    this.#problems = json;
    this.#sendJson('problems', json);
  }

  #schedule(): void {
    if (this.#flushTimer !== undefined) return;
    const delay = Math.max(0, FLUSH_MS - (Date.now() - this.#flushedAt));
    this.#flushTimer = setTimeout(
      catchErrors('Page: messages', () => void this.flush()),
      Math.min(FLUSH_MS, delay),
    ).unref();
  }

  #send<E extends keyof StreamMessages>(event: E, message: StreamMessages[E]): void {
    this.#sendJson(event, JSON.stringify(message));
  }

  #sendJson(event: keyof StreamMessages, json: string): void {
    const position = { boot: this.#boot, seq: this.ring.next };
    this.ring.add(encodeMessage(event, json, positionText(position)));
  }

  #unwatchLater(): void {
    this.#unwatchTimer = setTimeout(() => this.#unwatch(), UNWATCHED_MS).unref();
  }

  #unwatch(): void {
    clearTimeout(this.#flushTimer);
    clearInterval(this.#tickTimer);
    this.#flushTimer = undefined;
    this.#store.changes.isRecording = false;
    this.ring.clear();
  }
}
