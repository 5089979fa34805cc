import { batch, type Signal, signal } from '@preact/signals';
import { type Delivery, LiveRows, type StreamMessage } from '../../client/live-rows.js';
import {
  type Breaker,
  type ErrorHead,
  type EventRow,
  type Host,
  MAX_STEPS,
  type Pool,
  type Problem,
  RANGES,
  type Range,
  type Snapshot,
  type StreamMessages,
  type Tick,
  type TraceHead,
} from '../../contract.js';
import { GpuModel } from './gpu-model.js';

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
  readonly events: Signal<readonly EventRow[]> = signal([]);
  /** Events that the server left out as there were too many. */
  readonly skippedEvents: Signal<number> = signal(0);
  readonly isPaused: Signal<boolean> = signal(false);
  /** Rows received since the pause. */
  readonly pending: Signal<number> = signal(0);
  /** Time of the server at the last message, less that of the browser, ms. */
  clockOffset = 0;
  /** Time of the last message, by the clock of the browser. */
  lastMessageAt = 0;

  readonly #rows = new LiveRows();
  #gpus = new Map<string, GpuModel>();
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
    this.#dirty.add(name);
    this.#rows.apply(name, data);
    const message = { name, data } as StreamMessage;
    switch (message.name) {
      case 'snapshot':
        this.#load(message.data);
        return;
      case 'tick':
        this.#tick(message.data);
        return;
      case 'gpu':
        this.#updateGpu(message.data);
        return;
      case 'traces':
        this.#count(message.data.length);
        return;
      case 'errors':
        this.#count(message.data.rows.length);
        return;
      case 'events':
        this.#skipped += message.data.skipped;
        this.#count(message.data.rows.length);
    }
  }

  /** Copies what changed to the signals, unless paused. */
  publish(): void {
    if (this.isPaused.peek() || this.#dirty.size === 0) return;
    const { problems, pools, breakers, delivery, traces, errors, events } = this.#rows;
    const changed = (name: MessageName) => this.#dirty.has(name) || this.#dirty.has('snapshot');
    batch(() => {
      if (changed('gpu')) this.gpus.value = [...this.#gpus.values()];
      for (const gpu of this.#gpus.values()) this.#publishGpu(gpu.publish);
      if (changed('problems')) this.problems.value = problems;
      if (changed('pool')) this.pools.value = [...pools.values()];
      if (changed('breaker')) this.breakers.value = [...breakers.values()];
      if (changed('delivery')) this.delivery.value = [...delivery.values()];
      if (changed('traces')) this.traces.value = traces.toReversed();
      if (changed('errors')) this.errors.value = errors.toReversed();
      if (changed('events')) {
        this.events.value = events.toReversed();
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

  #load({ now, range, host, gpus }: Snapshot): void {
    this.clockOffset = now - this.lastMessageAt;
    this.#gpus = new Map(gpus.map((gpu) => [gpu.device, new GpuModel(gpu, RANGES[range])]));
    this.#skipped = 0;
    this.host.value = host;
    this.range.value = range;
  }

  #tick({ ts, gpus, processes }: Tick): void {
    this.clockOffset = ts - this.lastMessageAt;
    for (const [device, values] of Object.entries(gpus))
      this.#gpus.get(device)?.append(ts, values, processes?.[device]);
  }

  #updateGpu(gpu: StreamMessages['gpu']): void {
    const known = this.#gpus.get(gpu.device);
    if (known !== undefined) {
      known.update(gpu);
      return;
    }
    const empty = { memory: [], utilization: [], power: [], temperature: [], clock: [], throttle: [] };
    const series = { from: gpu.lastSeen, step: this.#step(), mean: empty };
    this.#gpus.set(gpu.device, new GpuModel({ ...gpu, series }, this.#rangeMs()));
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
