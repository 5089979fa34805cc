import { setImmediate as nextTurn } from 'node:timers/promises';
import { CONTRACT_VERSION, RANGES, type Range } from '../contract.js';
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
  readonly #building = new Map<Range, Promise<EncodedSnapshot>>();

  /** @param flush sends what has changed, and returns the number of the last message */
  constructor(store: PageStore, boot: string, flush: () => number) {
    this.#store = store;
    this.#boot = boot;
    this.#flush = flush;
  }

  get(range: Range): Promise<EncodedSnapshot> {
    let building = this.#building.get(range);
    if (building === undefined) {
      building = this.#build(range).finally(() => this.#building.delete(range));
      this.#building.set(range, building);
    }
    return building;
  }

  async #build(range: Range): Promise<EncodedSnapshot> {
    const store = this.#store;
    const host = await store.sources.describeHost(store.gpus.all.length > 0);
    const now = Date.now();
    store.trim(now);
    const seq = this.#flush();
    // Events have no key: those after `seq` come as messages. All other rows may be newer than `seq`.
    const events = store.events.rows.join();
    const head = JSON.stringify({
      v: CONTRACT_VERSION,
      boot: this.#boot,
      seq,
      now,
      range,
      host,
      limits: store.limits,
      pools: store.pools.rows,
      breakers: store.breakers.rows,
      errors: store.errors.heads,
      delivery: store.sources.delivery(),
      problems: store.problems.list(now),
    });
    await nextTurn();
    const traces = JSON.stringify(store.traces.heads);
    const window = windowOf(now - RANGES[range] + 1000, now);
    const gpus: string[] = [];
    for (const gpu of store.gpus.all) {
      // A host may have many: the event loop goes on between two of them.
      await nextTurn();
      gpus.push(JSON.stringify(store.gpus.show(gpu, window)));
    }
    const json = `${head.slice(0, -1)},"gpus":[${gpus.join()}],"traces":${traces},"events":[${events}]}`;
    return { seq, json };
  }
}
