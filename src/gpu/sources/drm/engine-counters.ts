import type { EngineUse } from './fdinfo.js';

/** Shortest time over which counters are compared, ms. */
const MIN_ELAPSED_MS = 50;
const NS_PER_MS = 1e6;

/** Counters of the engines of one client, compared with those of an earlier sample. */
export class EngineCounters {
  #engines: ReadonlyMap<string, EngineUse>;
  #at: number;

  /** @param at time at which the counters were read, ms of `performance.now()` */
  constructor(engines: ReadonlyMap<string, EngineUse>, at: number) {
    this.#engines = engines;
    this.#at = at;
  }

  /**
   * Returns the share of the time since the last update in which each kind of engine worked for the client, 0–100 %; `undefined` if
   * that time is too short. A counter may fall behind for a while: its largest value counts until it is reached again.
   */
  update(engines: ReadonlyMap<string, EngineUse>, at: number): ReadonlyMap<string, number> | undefined {
    const elapsedNs = (at - this.#at) * NS_PER_MS;
    if (elapsedNs < MIN_ELAPSED_MS * NS_PER_MS) return undefined;
    const percents = new Map<string, number>();
    const newest = new Map<string, EngineUse>();
    for (const [kind, use] of engines) {
      // A kind of engine is listed once it has worked.
      const before = this.#engines.get(kind) ?? { busy: 0, total: use.total, capacity: 1 };
      const isBehind = use.busy < before.busy;
      newest.set(kind, isBehind ? { ...use, busy: before.busy } : use);
      const passed = use.total === undefined ? elapsedNs : use.total - (before.total ?? use.total);
      const share = isBehind || passed <= 0 ? 0 : (use.busy - before.busy) / passed / use.capacity;
      percents.set(kind, Math.min(1, share) * 100);
    }
    this.#engines = newest;
    this.#at = at;
    return percents;
  }
}
