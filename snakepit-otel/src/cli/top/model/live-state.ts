import {
  type Breaker,
  CONTRACT_VERSION,
  type ErrorHead,
  type EventRow,
  type Gpu,
  type GpuProcess,
  type Host,
  type Limits,
  type Pool,
  type Problem,
  RANGES,
  type Range,
  type Snapshot,
  type StreamMessages,
  type Tick,
  type TraceHead,
} from '../../../page/contract.js';
import type { DeliveryReport } from '../../../sdk/delivery-report.js';
import { agentError } from '../../live/agent-client.js';
import { History } from './history.js';

/** A GPU with its readings over the range. */
export interface LiveGpu extends Omit<Gpu, 'series' | 'processSeries'> {
  readonly history: History;
}

/** Most rows of a kind that a client keeps, whatever the agent's limits are. */
const MAX_ROWS = 2000;
const MAX_KEYED = 256;
const NO_LIMITS: Limits = {
  traces: 200,
  spans: 0,
  spansPerTrace: 0,
  errors: 200,
  events: 2000,
  seconds: 3600,
};
const NO_HOST: Host = {
  name: '',
  version: '',
  platform: '',
  serviceName: '',
  pid: 0,
  startedAt: 0,
  gpuIntervalMs: 1000,
  samplesGpus: true,
  includesSensitive: false,
  sources: [],
  addresses: [],
};

/** What an agent knows, kept up to date by the messages of its stream. Lists are in order of time, the newest last. */
export class LiveState {
  range: Range = '15m';
  host: Host = NO_HOST;
  traces: TraceHead[] = [];
  errors: ErrorHead[] = [];
  events: EventRow[] = [];
  problems: readonly Problem[] = [];
  readonly gpus = new Map<string, LiveGpu>();
  readonly pools = new Map<string, Pool>();
  readonly breakers = new Map<string, Breaker>();
  readonly delivery = new Map<string, DeliveryReport>();
  /** False until the first snapshot. */
  isLoaded = false;
  /** Counts everything that arrived, for what was missed while paused. */
  received = 0;
  /** Why something was left out last; undefined if nothing was. */
  gap: string | undefined;
  #limits = NO_LIMITS;
  #colors = new Map<string, number>();
  /** The agent's clock less this one's, ms. */
  #clockOffset = 0;
  #frozenAt: number | undefined;

  get rangeMs(): number {
    return RANGES[this.range] ?? RANGES['15m'];
  }

  /** The agent's time, ms since 1970. */
  now(): number {
    return this.#frozenAt ?? Date.now() + this.#clockOffset;
  }

  /** Returns the number of a color: names have one in the order in which they are seen, and keep it. */
  colorOf(name: string): number {
    const color = this.#colors.get(name) ?? this.#colors.size;
    setBounded(this.#colors, name, color);
    return color;
  }

  /** Returns what is known now, and stays so. */
  freeze(): LiveState {
    const frozen = new LiveState();
    const { isLoaded, range, host, traces, errors, events, problems, gap, received } = this;
    Object.assign(frozen, { isLoaded, range, host, traces, errors, events, problems, gap, received });
    reload(
      frozen.gpus,
      Array.from(this.gpus, ([key, gpu]) => [key, { ...gpu, history: gpu.history.copy() }]),
    );
    reload(frozen.pools, [...this.pools]);
    reload(frozen.breakers, [...this.breakers]);
    reload(frozen.delivery, [...this.delivery]);
    frozen.#colors = this.#colors;
    frozen.#frozenAt = this.now();
    return frozen;
  }

  /** @throws AgentError if the agent's version of the stream is another one */
  apply<K extends keyof StreamMessages>(name: K, data: StreamMessages[K]): void {
    this.received += 1;
    if (Object.hasOwn(this.#handlers, name)) this.#handlers[name](data);
  }

  readonly #handlers: { readonly [K in keyof StreamMessages]: (data: StreamMessages[K]) => void } = {
    reset: () => {},
    snapshot: (snapshot) => this.#load(snapshot),
    tick: (tick) => this.#tick(tick),
    traces: (heads) => {
      this.traces = merge(this.traces, heads, ({ id }) => id, this.#limits.traces);
    },
    errors: ({ rows }) => {
      this.errors = merge(this.errors, rows, ({ id }) => id, this.#limits.errors);
    },
    events: ({ rows, skipped }) => {
      this.events = [...this.events, ...rows].slice(-Math.min(this.#limits.events, MAX_ROWS));
      if (skipped > 0) this.gap = `${skipped} events left out`;
    },
    breaker: (breaker) => {
      if (breaker.isGone) this.breakers.delete(breaker.name);
      else setBounded(this.breakers, breaker.name, breaker);
    },
    pool: (pool) => setBounded(this.pools, pool.name, pool),
    delivery: (report) => setBounded(this.delivery, deliveryKey(report), report),
    problems: (problems) => {
      this.problems = problems;
    },
    gpu: (gpu) => {
      const history = this.gpus.get(gpu.device)?.history ?? new History(undefined);
      setBounded(this.gpus, gpu.device, { ...gpu, history });
    },
    gap: ({ reason }) => {
      this.gap = reason;
    },
  };

  #load(snapshot: Snapshot): void {
    if (snapshot.v !== CONTRACT_VERSION) {
      const message = `The agent sends version ${snapshot.v} of its data, not ${CONTRACT_VERSION}: install the same version of snakepit-otel.`;
      throw agentError(message, { isFinal: true });
    }
    this.isLoaded = true;
    this.#clockOffset = snapshot.now - Date.now();
    this.range = snapshot.range;
    this.host = snapshot.host;
    this.#limits = snapshot.limits;
    this.traces = [...snapshot.traces];
    this.errors = [...snapshot.errors];
    this.events = [...snapshot.events];
    this.problems = snapshot.problems;
    reload(
      this.gpus,
      snapshot.gpus.map(({ series, processSeries: _, ...gpu }) => [
        gpu.device,
        { ...gpu, history: new History(series) },
      ]),
    );
    reload(
      this.pools,
      snapshot.pools.map((pool) => [pool.name, pool]),
    );
    reload(
      this.breakers,
      snapshot.breakers.map((breaker) => [breaker.name, breaker]),
    );
    reload(
      this.delivery,
      snapshot.delivery.map((report) => [deliveryKey(report), report]),
    );
  }

  #tick({ ts, gpus, processes }: Tick): void {
    for (const [device, values] of Object.entries(gpus)) {
      const gpu = this.gpus.get(device);
      if (gpu === undefined) continue;
      gpu.history.append(ts, values);
      const changed: readonly GpuProcess[] = processes?.[device] ?? gpu.processes;
      this.gpus.set(device, { ...gpu, lastSeen: ts, isLost: false, processes: changed });
    }
  }
}

export const deliveryKey = ({ exporter, signal, address = '' }: DeliveryReport): string =>
  `${exporter} ${signal} ${address}`;

/** Returns the rows with those that are new or changed, and at most `limit` of them. */
function merge<Row>(
  rows: readonly Row[],
  changed: readonly Row[],
  key: (row: Row) => string,
  limit: number,
): Row[] {
  const keys = new Set(changed.map(key));
  return [...rows.filter((row) => !keys.has(key(row))), ...changed].slice(-Math.min(limit, MAX_ROWS));
}

function setBounded<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.has(key) || map.size < MAX_KEYED) map.set(key, value);
}

function reload<T>(map: Map<string, T>, entries: readonly (readonly [string, T])[]): void {
  map.clear();
  for (const [key, value] of entries) setBounded(map, key, value);
}
