import { type Context, context } from '@opentelemetry/api';
import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import { callHook } from '../options/call-hook.js';
import type { WorkerOptions } from '../options/library-options.js';
import type { SpawnedWorker } from './spawned-worker.js';
import { workerPool } from './worker-pool.js';

/** Identity of a worker in its events. */
interface WorkerIdentity {
  readonly pool_name: string;
  readonly worker_id?: string;
}

/** Publishes the events of one thread or child process, in the context that created it. */
export class WorkerLifecycle {
  readonly #createdAt = performance.now();
  readonly #systemTime = Date.now() * 1e6;
  readonly #context: Context = context.active();
  #identity: WorkerIdentity | undefined;
  #isSpawned = false;

  /**
   * Publishes the start.
   *
   * @param library key of the library in `instrumentations`
   * @param id id of the thread or process; `undefined` if it did not start
   * @returns false if the worker is not recorded
   */
  begin(library: string, options: WorkerOptions, worker: SpawnedWorker, id: number | undefined): boolean {
    if (callHook(library, options, 'ignore', worker) === true) return false;
    const pool = workerPool(library, options, worker);
    this.#identity = { pool_name: pool, ...(id !== undefined && { worker_id: `${pool}_${id}` }) };
    this.#publish((identity) =>
      execute('snakepit.pool.worker.spawn_started', { system_time: this.#systemTime }, identity),
    );
    return true;
  }

  /** Publishes that the worker runs. */
  spawned(details: { readonly mode: SpawnedWorker['mode']; readonly python_pid?: number | undefined }): void {
    this.#isSpawned = true;
    this.#publish((identity) =>
      execute(
        'snakepit.pool.worker.spawned',
        { duration: this.#age(), system_time: Date.now() * 1e6 },
        { ...identity, ...details },
      ),
    );
  }

  /** Publishes that the worker did not start. */
  failed(reason: unknown): void {
    this.#publish((identity) =>
      execute('snakepit.pool.worker.spawn_failed', { duration: this.#age() }, { ...identity, reason }),
    );
  }

  /** Publishes the end of the worker. @param crash its crash, unless it ended in another way or is reported elsewhere */
  ended(reason: unknown, crash?: { readonly reason: unknown; readonly exit_code: number }): void {
    if (!this.#isSpawned) {
      this.failed(reason);
      return;
    }
    this.#publish((identity) => {
      const { pool_name: pool, worker_id } = identity;
      if (crash !== undefined) execute('snakepit.worker.crash', {}, { pool, worker_id, ...crash });
      execute('snakepit.pool.worker.terminated', { lifetime: this.#age() }, { ...identity, reason });
    });
  }

  #publish(publish: (identity: WorkerIdentity) => void): void {
    if (this.#identity !== undefined) context.with(this.#context, publish, undefined, this.#identity);
  }

  #age(): number {
    return nanoseconds(performance.now() - this.#createdAt);
  }
}
