import { setImmediate as nextTurn } from 'node:timers/promises';
import { CONTRACT_VERSION, RANGES, type Range } from '../contract.js';
import { gpuAt, rowsAt } from '../store/at-moment.js';
import { windowOf } from '../store/gpu-history.js';
import type { PageStore } from '../store/page-store.js';

/** A snapshot as JSON, and the number of the last message that it contains. */
export interface EncodedSnapshot {
  readonly seq: number;
  readonly json: string;
}

/** Builds snapshots. Requests of one moment share one. */
export class Snapshots {
  readonly #store: PageStore;
  readonly #boot: string;
  readonly #flush: () => number;
  readonly #building = new Map<string, Promise<EncodedSnapshot>>();

  /** @param flush sends what has changed, and returns the number of the last message */
  constructor(store: PageStore, boot: string, flush: () => number) {
    this.#store = store;
    this.#boot = boot;
    this.#flush = flush;
  }

  /** @param at moment that the snapshot shows, ms since 1970. @default now */
  get(range: Range, at?: number): Promise<EncodedSnapshot> {
    const key = `${range} ${at}`;
    let building = this.#building.get(key);
    if (building === undefined) {
      building = this.#build(range, at).finally(() => this.#building.delete(key));
      this.#building.set(key, building);
    }
    return building;
  }

  async #build(range: Range, at?: number): Promise<EncodedSnapshot> {
    const store = this.#store;
    const host = await store.sources.describeHost(store.gpus.all.length > 0);
    store.trim(Date.now());
    const now = Math.min(at ?? Number.POSITIVE_INFINITY, Date.now());
    const seq = this.#flush();
    // Events have no key: those after `seq` come as messages. All other rows may be newer than `seq`.
    const events = store.events.rows(at).join();
    const list = {
      breakers: store.breakers.rows,
      errors: store.errors.heads,
      problems: store.problems.list(now),
      traces: store.traces.heads,
    };
    const { traces: heads, ...rows } = at === undefined ? list : rowsAt(list, now);
    const head = JSON.stringify({
      v: CONTRACT_VERSION,
      boot: this.#boot,
      seq,
      now,
      range,
      host,
      limits: store.limits,
      pools: store.pools.rows,
      delivery: store.sources.delivery(),
      ...rows,
    });
    await nextTurn();
    const traces = JSON.stringify(heads);
    const window = windowOf(now - RANGES[range] + 1000, now);
    const gpus: string[] = [];
    for (const gpu of store.gpus.all) {
      // A host may have many: the event loop goes on between two of them.
      await nextTurn();
      const shown = store.gpus.show(gpu, window);
      gpus.push(JSON.stringify(at === undefined ? shown : gpuAt(shown, now)));
    }
    const json = `${head.slice(0, -1)},"gpus":[${gpus.join()}],"traces":${traces},"events":[${events}]}`;
    return { seq, json };
  }
}
