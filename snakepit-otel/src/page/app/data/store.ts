import { batch, type Signal, signal } from '@preact/signals';
import {
  type Breaker,
  type ErrorHead,
  type EventRow,
  type Host,
  type Limits,
  MAX_STEPS,
  type Pool,
  type Problem,
  RANGES,
  type Range,
  type Snapshot,
  type StreamMessages,
  type TraceHead,
} from '../../contract.js';
import { GpuModel } from './gpu-model.js';

export type Delivery = Snapshot['delivery'][number];
/** An event with a number that identifies it in this page. */
export type NumberedEvent = EventRow & { readonly number: number };
type MessageName = keyof StreamMessages;

/**
 * The state that the page shows. Messages change plain data; {@link publish} copies what changed to the signals, so that many messages
 * redraw once, and that a paused page takes messages without drawing them.
 */
export class LiveStore {
  readonly host: Signal<Host | undefined> = signal(undefined);
  readonly range: Signal<Range> = signal('15m');
  readonly gpus: Signal<readonly GpuModel[]> = signal([]);
  readonly problems: Signal<readonly Problem[]> = signal([]);
  readonly pools: Signal<readonly Pool[]> = signal([]);
  readonly breakers: Signal<readonly Breaker[]> = signal([]);
  readonly delivery: Signal<readonly Delivery[]> = signal([]);
  /** The newest first. */
  readonly traces: Signal<readonly TraceHead[]> = signal([]);
  readonly errors: Signal<readonly ErrorHead[]> = signal([]);
  readonly events: Signal<readonly NumberedEvent[]> = signal([]);
  /** Events that the server left out as there were too many. */
  readonly skippedEvents: Signal<number> = signal(0);
  readonly isPaused: Signal<boolean> = signal(false);
  /** Rows received since the pause. */
  readonly pending: Signal<number> = signal(0);
  /** Time of the server at the last message, less that of the browser, ms. */
  clockOffset = 0;
  /** Time of the last message, by the clock of the browser. */
  lastMessageAt = 0;

  #limits: Limits = {
    traces: 200,
    spans: 20_000,
    spansPerTrace: 5000,
    errors: 200,
    events: 2000,
    seconds: 3600,
  };
  #gpus = new Map<string, GpuModel>();
  #problems: readonly Problem[] = [];
  #pools = new Map<string, Pool>();
  #breakers = new Map<string, Breaker>();
  #delivery = new Map<string, Delivery>();
  #traces = new Map<string, TraceHead>();
  #errors = new Map<string, ErrorHead>();
  #events: NumberedEvent[] = [];
  #nextNumber = 0;
  #skipped = 0;
  readonly #dirty = new Set<MessageName>();
  readonly #publishGpu: (publish: () => void) => void;

  /** @param publishGpu calls its argument, at once or later: many GPUs that are drawn together make a long frame */
  constructor(publishGpu = (publish: () => void): void => publish()) {
    this.#publishGpu = publishGpu;
  }

  /** Takes one message. Unknown names are ignored: a newer server may send them. */
  apply<Name extends MessageName>(name: Name, data: StreamMessages[Name]): void {
    this.lastMessageAt = Date.now();
    const message = { name, data } as {
      [Key in MessageName]: { name: Key; data: StreamMessages[Key] };
    }[MessageName];
    this.#dirty.add(name);
    switch (message.name) {
      case 'snapshot':
        this.#load(message.data);
        return;
      case 'tick': {
        const { ts, gpus, processes } = message.data;
        this.clockOffset = ts - this.lastMessageAt;
        for (const [device, values] of Object.entries(gpus))
          this.#gpus.get(device)?.append(ts, values, processes?.[device]);
        return;
      }
      case 'gpu': {
        const known = this.#gpus.get(message.data.device);
        if (known !== undefined) {
          known.update(message.data);
          return;
        }
        const empty = { memory: [], utilization: [], power: [], temperature: [], clock: [], throttle: [] };
        const series = { from: message.data.lastSeen, step: this.#step(), mean: empty };
        this.#gpus.set(message.data.device, new GpuModel({ ...message.data, series }, this.#rangeMs()));
        return;
      }
      case 'traces':
        for (const head of message.data) moveToEnd(this.#traces, head.id, head);
        dropOldest(this.#traces, this.#limits.traces);
        this.#count(message.data.length);
        return;
      case 'errors':
        for (const head of message.data.rows) moveToEnd(this.#errors, head.id, head);
        dropOldest(this.#errors, this.#limits.errors);
        this.#count(message.data.rows.length);
        return;
      case 'events':
        for (const row of message.data.rows) this.#addEvent(row);
        this.#events.splice(0, this.#events.length - this.#limits.events);
        this.#skipped += message.data.skipped;
        this.#count(message.data.rows.length);
        return;
      case 'breaker':
        if (message.data.isGone === true) this.#breakers.delete(message.data.name);
        else this.#breakers.set(message.data.name, message.data);
        return;
      case 'pool':
        this.#pools.set(message.data.name, message.data);
        return;
      case 'delivery':
        this.#delivery.set(deliveryKey(message.data), message.data);
        return;
      case 'problems':
        this.#problems = message.data;
    }
  }

  /** Copies what changed to the signals, unless paused. */
  publish(): void {
    if (this.isPaused.peek() || this.#dirty.size === 0) return;
    const changed = (name: MessageName) => this.#dirty.has(name) || this.#dirty.has('snapshot');
    batch(() => {
      if (changed('gpu')) this.gpus.value = [...this.#gpus.values()];
      for (const gpu of this.#gpus.values()) this.#publishGpu(gpu.publish);
      if (changed('problems')) this.problems.value = this.#problems;
      if (changed('pool')) this.pools.value = [...this.#pools.values()];
      if (changed('breaker')) this.breakers.value = [...this.#breakers.values()];
      if (changed('delivery')) this.delivery.value = [...this.#delivery.values()];
      if (changed('traces')) this.traces.value = [...this.#traces.values()].reverse();
      if (changed('errors')) this.errors.value = [...this.#errors.values()].reverse();
      if (changed('events')) {
        this.events.value = this.#events.toReversed();
        this.skippedEvents.value = this.#skipped;
      }
    });
    this.#dirty.clear();
  }

  /** Stops or continues {@link publish}. Messages are taken all the time. */
  setPaused(isPaused: boolean): void {
    this.pending.value = 0;
    this.isPaused.value = isPaused;
    this.publish();
  }

  /** Time of the server, ms since 1970. */
  serverTime(): number {
    return Date.now() + this.clockOffset;
  }

  #load(snapshot: Snapshot): void {
    this.clockOffset = snapshot.now - this.lastMessageAt;
    this.#limits = snapshot.limits;
    this.#problems = snapshot.problems;
    const rangeMs = RANGES[snapshot.range];
    this.#gpus = new Map(snapshot.gpus.map((gpu) => [gpu.device, new GpuModel(gpu, rangeMs)]));
    this.#pools = new Map(snapshot.pools.map((pool) => [pool.name, pool]));
    this.#breakers = new Map(snapshot.breakers.map((breaker) => [breaker.name, breaker]));
    this.#delivery = new Map(snapshot.delivery.map((report) => [deliveryKey(report), report]));
    this.#traces = new Map(snapshot.traces.map((head) => [head.id, head]));
    this.#errors = new Map(snapshot.errors.map((head) => [head.id, head]));
    this.#events = [];
    for (const row of snapshot.events) this.#addEvent(row);
    this.#skipped = 0;
    this.host.value = snapshot.host;
    this.range.value = snapshot.range;
  }

  #addEvent(row: EventRow): void {
    this.#events.push({ ...row, number: this.#nextNumber });
    this.#nextNumber += 1;
  }

  #count(rows: number): void {
    if (this.isPaused.peek()) this.pending.value += rows;
  }

  #rangeMs(): number {
    return RANGES[this.range.peek()];
  }

  #step(): number {
    return Math.max(1000, Math.ceil(this.#rangeMs() / (MAX_STEPS * 1000)) * 1000);
  }
}

function moveToEnd<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}

function deliveryKey({ exporter, signal: kind, address }: Delivery): string {
  return `${kind} ${exporter} ${address}`;
}
