import {
  attachMany,
  detach,
  type EventName,
  execute,
  type SnakepitEvent,
} from 'opentelemetry-instrumentation-snakepit';
import { catalogEvents, singleLine } from 'opentelemetry-instrumentation-snakepit/internal';

/** Workers that are remembered; the least recently active is forgotten. */
const MAX_WORKERS = 256;
/** Time without events of Python, while calls end, from which on the relay counts as ended, ms. */
const SILENCE_MS = 60_000;
/** Time between reports of the numbers of workers, ms. */
const INTERVAL_MS = 100;
const HANDLER = 'snakepit-otel.worker-watch';

/** State after an event of a worker. */
const STATES = {
  'snakepit.pool.worker_ready': 'ready',
  'snakepit.pool.worker.spawned': 'ready',
  'snakepit.pool.worker.restarted': 'ready',
  'snakepit.grpc_worker.execute.start': 'ready',
  'snakepit.grpc_worker.execute.stop': 'ready',
  'snakepit.pool.worker.spawn_failed': 'failed',
  'snakepit.worker.crash': 'crashed',
  'snakepit.worker.tainted': 'tainted',
  'snakepit.worker.health_check_failed': 'unhealthy',
} as const satisfies Partial<Record<EventName, string>>;
const TERMINATED = 'snakepit.pool.worker.terminated';
const STOP = 'snakepit.grpc_worker.execute.stop';

/** A worker of Snakepit, as its events show it. */
export interface WorkerState {
  readonly worker: string;
  readonly pool?: string;
  readonly state: (typeof STATES)[keyof typeof STATES];
  /** Time of its last event, ms since 1970. */
  readonly lastEvent: number;
}

/**
 * Relay of Python's events by Snakepit: `ended` if calls went on for 60 s after the last of them, `silent` if calls ended for 60 s and
 * none ever came. Until then `ok`.
 */
export type RelayState = 'ok' | 'ended' | 'silent';

/** Follows the workers whose events this process receives. */
export class WorkerWatch {
  readonly #workers = new Map<string, { -readonly [K in keyof WorkerState]: WorkerState[K] }>();
  readonly #counts = new Map<WorkerState['state'], number>();
  readonly #onRelayEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firstStop: number | undefined;
  #lastStop: number | undefined;
  #lastPython: number | undefined;

  /** @param onRelayEnd called when the relay ends, once for each time */
  constructor(onRelayEnd: () => void) {
    this.#onRelayEnd = onRelayEnd;
  }

  /** Starts to follow. */
  start(): void {
    const names = [...Object.keys(STATES), TERMINATED] as EventName[];
    attachMany(`${HANDLER}.workers`, names, (event) => this.#receive(event));
    const python = catalogEvents.flatMap(([name, { origin }]) =>
      origin === 'python' ? [name as EventName] : [],
    );
    attachMany(`${HANDLER}.python`, python, () => {
      this.#lastPython = Date.now();
    });
  }

  /** Stops. */
  stop(): void {
    detach(`${HANDLER}.workers`);
    detach(`${HANDLER}.python`);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Workers that are not terminated. */
  get workers(): readonly WorkerState[] {
    return [...this.#workers.values()];
  }

  get relay(): RelayState {
    const since = this.#lastPython ?? this.#firstStop;
    if (since === undefined || (this.#lastStop ?? 0) - since < SILENCE_MS) return 'ok';
    return this.#lastPython === undefined ? 'silent' : 'ended';
  }

  #receive({ name, metadata }: SnakepitEvent<EventName>): void {
    if (name === STOP) this.#stopped();
    const { worker_id: id, pool_name: poolName, pool } = metadata as Readonly<Record<string, unknown>>;
    if (typeof id !== 'string') return;
    const state = STATES[name as keyof typeof STATES];
    const known = this.#workers.get(id);
    if (state === undefined) this.#workers.delete(id);
    else if (known === undefined) this.#add(id, poolName ?? pool, state);
    else {
      known.lastEvent = Date.now();
      if (known.state === state) return;
      known.state = state;
    }
    this.#timer ??= setTimeout(() => this.#publish(), INTERVAL_MS).unref();
  }

  /** Publishes the numbers that changed. */
  #publish(): void {
    this.#timer = undefined;
    for (const state of new Set(Object.values(STATES))) {
      const count = this.workers.filter((worker) => worker.state === state).length;
      if (count === (this.#counts.get(state) ?? 0)) continue;
      this.#counts.set(state, count);
      execute('snakepit.bridge.workers.sampled', { count }, { state });
    }
  }

  #add(id: string, pool: unknown, state: WorkerState['state']): void {
    if (this.#workers.size >= MAX_WORKERS) this.#forgetOldest();
    this.#workers.set(id, {
      worker: singleLine(id),
      ...(typeof pool === 'string' && { pool: singleLine(pool) }),
      state,
      lastEvent: Date.now(),
    });
  }

  #forgetOldest(): void {
    const [first, ...others] = this.#workers;
    if (first === undefined) return;
    const [oldest] = others.reduce(
      (least, each) => (each[1].lastEvent < least[1].lastEvent ? each : least),
      first,
    );
    this.#workers.delete(oldest);
  }

  #stopped(): void {
    const before = this.relay;
    this.#lastStop = Date.now();
    this.#firstStop ??= this.#lastStop;
    if (before !== 'ended' && this.relay === 'ended') this.#onRelayEnd();
  }
}
