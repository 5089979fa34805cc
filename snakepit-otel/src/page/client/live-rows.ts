import type {
  Breaker,
  ErrorHead,
  EventRow,
  Limits,
  Pool,
  Problem,
  Snapshot,
  StreamMessages,
  TraceHead,
} from '../contract.js';
import { BoundedMap } from './bounded-map.js';

type MessageName = keyof StreamMessages;
/** A message of the stream. */
export type StreamMessage = {
  [Name in MessageName]: { readonly name: Name; readonly data: StreamMessages[Name] };
}[MessageName];

/** State of one exporter. */
export type Delivery = Snapshot['delivery'][number];

/** The most that a client keeps, whatever the limits of the server are. */
interface Bounds {
  /** Rows of each list. @default unlimited */
  readonly rows?: number;
  /** Rows of each map. @default unlimited */
  readonly keys?: number;
}

/**
 * The rows of a snapshot, which messages of the stream keep up to date: everything but the GPUs. Lists are in order of time, the newest
 * last; they are replaced when they change, so that an older one can be kept.
 */
export class LiveRows {
  traces: readonly TraceHead[] = [];
  errors: readonly ErrorHead[] = [];
  events: readonly EventRow[] = [];
  problems: readonly Problem[] = [];
  readonly pools: BoundedMap<Pool>;
  readonly breakers: BoundedMap<Breaker>;
  readonly delivery: BoundedMap<Delivery>;
  readonly #bounds: Required<Bounds>;
  #limits: Pick<Limits, 'traces' | 'errors' | 'events'> = { traces: 200, errors: 200, events: 2000 };

  constructor({ rows = Number.POSITIVE_INFINITY, keys = Number.POSITIVE_INFINITY }: Bounds = {}) {
    this.#bounds = { rows, keys };
    this.pools = new BoundedMap(keys);
    this.breakers = new BoundedMap(keys);
    this.delivery = new BoundedMap(keys);
  }

  /** Takes one message. Names that have no rows are ignored: a newer server may send others. */
  apply<Name extends MessageName>(name: Name, data: StreamMessages[Name]): void {
    const message = { name, data } as StreamMessage;
    switch (message.name) {
      case 'snapshot':
        this.#load(message.data);
        return;
      case 'traces':
        this.traces = merge(this.traces, message.data, this.#limit('traces'));
        return;
      case 'errors':
        this.errors = merge(this.errors, message.data.rows, this.#limit('errors'));
        return;
      case 'events':
        this.events = newest([...this.events, ...message.data.rows], this.#limit('events'));
        return;
      case 'breaker':
        if (message.data.isGone === true) this.breakers.delete(message.data.name);
        else this.breakers.set(message.data.name, message.data);
        return;
      case 'pool':
        this.pools.set(message.data.name, message.data);
        return;
      case 'delivery':
        this.delivery.set(deliveryKey(message.data), message.data);
        return;
      case 'problems':
        this.problems = message.data;
    }
  }

  #load({ limits, traces, errors, events, problems, pools, breakers, delivery }: Snapshot): void {
    this.#limits = limits;
    this.traces = [...traces];
    this.errors = [...errors];
    this.events = [...events];
    this.problems = problems;
    this.pools.replaceBy(pools.map((pool) => [pool.name, pool]));
    this.breakers.replaceBy(breakers.map((breaker) => [breaker.name, breaker]));
    this.delivery.replaceBy(delivery.map((report) => [deliveryKey(report), report]));
  }

  #limit(list: 'traces' | 'errors' | 'events'): number {
    return Math.min(this.#limits[list], this.#bounds.rows);
  }
}

/** Returns what identifies the state of an exporter. */
export const deliveryKey = ({ exporter, signal, address = '' }: Delivery): string =>
  `${exporter} ${signal} ${address}`;

/** Returns the newest rows with those that are new or changed at the end. */
function merge<Row extends { readonly id: string }>(
  rows: readonly Row[],
  changed: readonly Row[],
  limit: number,
): readonly Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) {
    byId.delete(row.id);
    byId.set(row.id, row);
  }
  return newest([...byId.values()], limit);
}

const newest = <Row>(rows: readonly Row[], limit: number): readonly Row[] =>
  rows.slice(Math.max(0, rows.length - limit));
