import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import { forgetOldest } from 'opentelemetry-instrumentation-snakepit/internal';
import { numberOf, textOf } from './values.js';

const MAX_WORKERS = 1000;

interface Worker {
  readonly pool?: string;
  readonly worker?: string;
}

/** Workers of pools by their process ids, as events report them. */
export class WorkerProcesses {
  readonly #workers = new Map<number, Worker>();

  find(pid: number): Worker | undefined {
    return this.#workers.get(pid);
  }

  /** Remembers the worker that an event names together with its process. */
  readonly see = ({ metadata }: AnyEvent): void => {
    const pid = numberOf(metadata.python_pid);
    if (pid === undefined) return;
    const worker = textOf(metadata.worker_id);
    if (worker === undefined || this.#workers.get(pid)?.worker === worker) return;
    this.#workers.delete(pid);
    forgetOldest(this.#workers, MAX_WORKERS);
    this.#workers.set(pid, { worker, pool: textOf(metadata.pool_name) ?? textOf(metadata.pool) });
  };
}
