import type { EventRow } from '../contract.js';
import type { Changes } from './changes.js';
import { DEBUG_EVENTS, LIMITS } from './limits.js';
import { bytesOf } from './values.js';

/** Events of one level, or of several, that are kept in a time window. */
const WINDOW_MS = 250;
/** Events in a time window that are kept; further ones are counted. */
const MAX_PER_WINDOW = 100;

interface Entry {
  readonly number: number;
  readonly ts: number;
  readonly json: string;
  readonly bytes: number;
}

/** The newest events, each as JSON. */
export class EventLog {
  readonly #changes: Changes;
  /** Events of the level `debug`, and all others: many of the former do not displace the latter. */
  readonly #debug = new Queue(DEBUG_EVENTS);
  readonly #others = new Queue(LIMITS.events - DEBUG_EVENTS);
  #count = 0;
  #windowStart = 0;
  #inWindow = { debug: 0, others: 0 };

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get bytes(): number {
    return this.#debug.bytes + this.#others.bytes;
  }

  /** Returns JSON of the rows until a time, the oldest first. @param to ms since 1970 */
  rows(to = Number.POSITIVE_INFINITY): string[] {
    return [...this.#debug.entries, ...this.#others.entries]
      .filter(({ ts }) => ts <= to)
      .sort((one, other) => one.number - other.number)
      .map(({ json }) => json);
  }

  /** Adds an event. @param build returns the row; not called if there are too many at once */
  add(level: EventRow['level'], build: () => EventRow): void {
    const now = Date.now();
    if (now - this.#windowStart >= WINDOW_MS || now < this.#windowStart) {
      this.#windowStart = now;
      this.#inWindow = { debug: 0, others: 0 };
    }
    const kind = level === 'debug' ? 'debug' : 'others';
    if (++this.#inWindow[kind] > MAX_PER_WINDOW) {
      this.#changes.addEvent(undefined);
      return;
    }
    const row = build();
    const json = JSON.stringify(row);
    const queue = kind === 'debug' ? this.#debug : this.#others;
    queue.add({ number: this.#count++, ts: row.ts, json, bytes: bytesOf(json) });
    this.#changes.addEvent(json);
  }

  /** Returns false if there is none. */
  dropOldest(): boolean {
    return this.#debug.drop() || this.#others.drop();
  }
}

/** A ring of entries. */
class Queue {
  readonly #limit: number;
  #entries: Entry[] = [];
  #first = 0;
  bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): readonly Entry[] {
    return this.#entries.slice(this.#first);
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.bytes += entry.bytes;
    if (this.#entries.length - this.#first > this.#limit) this.drop();
  }

  drop(): boolean {
    const entry = this.#entries[this.#first];
    if (entry === undefined) return false;
    this.bytes -= entry.bytes;
    this.#first++;
    if (this.#first >= this.#limit) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }
}
