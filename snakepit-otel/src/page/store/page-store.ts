import type { DeliveryReport } from '../../sdk/delivery-report.js';
import type { Host, Limits } from '../contract.js';
import { BreakerList } from './breakers.js';
import { Changes } from './changes.js';
import { ErrorList } from './errors.js';
import { EventLog } from './event-log.js';
import { Gpus } from './gpus.js';
import { LIMITS, MAX_BYTES } from './limits.js';
import { PoolList } from './pools.js';
import { Problems } from './problems.js';
import { TraceList } from './traces.js';
import { WorkerProcesses } from './worker-processes.js';

/** What the page cannot learn from events. */
export interface PageSources {
  /** @param hasGpus true if GPUs were seen */
  describeHost(hasGpus: boolean): Host | Promise<Host>;
  delivery(): readonly DeliveryReport[];
  /** Time between samples of the GPUs, ms. */
  readonly gpuIntervalMs: number;
  readonly includeSensitive: boolean;
}

/** Everything that the page shows, as far as it is kept. Bounded. */
export class PageStore {
  readonly changes = new Changes();
  readonly workers = new WorkerProcesses();
  readonly gpus: Gpus;
  readonly traces = new TraceList(this.changes);
  readonly events = new EventLog(this.changes);
  readonly errors: ErrorList;
  readonly breakers = new BreakerList(this.changes);
  readonly pools = new PoolList(this.changes);
  readonly problems: Problems;
  readonly sources: PageSources;
  readonly limits: Limits = LIMITS;

  constructor(sources: PageSources) {
    this.sources = sources;
    this.gpus = new Gpus(this.changes, this.workers, sources.gpuIntervalMs);
    this.errors = new ErrorList(this.changes, this.gpus);
    const { gpus, errors, breakers, pools } = this;
    this.problems = new Problems({ gpus, errors, breakers, pools, delivery: () => sources.delivery() });
  }

  /** Drops what is too old or too much. */
  trim(now: number): void {
    this.gpus.forgetGone(now);
    this.#dropOldest();
  }

  /** Drops what is too much. Takes no time while there is less: spans come often, and nobody may look on. */
  limitBytes(): void {
    if (this.traces.bytes + this.errors.bytes + this.events.bytes > MAX_BYTES) this.#dropOldest();
  }

  #dropOldest(): void {
    const fixed = this.gpus.bytes;
    while (fixed + this.traces.bytes + this.errors.bytes + this.events.bytes > MAX_BYTES) {
      if (!this.traces.dropOldest() && !this.events.dropOldest() && !this.errors.dropOldest()) return;
    }
  }

  /** Bytes that are kept, as estimated from lengths. */
  get bytes(): number {
    return this.gpus.bytes + this.traces.bytes + this.errors.bytes + this.events.bytes;
  }
}
