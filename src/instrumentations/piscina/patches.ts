import { optionsOf } from '../options/active-options.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { recordDispatches } from './dispatches.js';
import { observedPools } from './pool.js';
import { recordSubmissions } from './submissions.js';
import { recordTasks } from './tasks.js';

/** Records the tasks of pools, the contexts in which they are submitted, and their assignment to threads. */
export class PiscinaPatches extends LibraryPatches {
  readonly definitions = [
    this.definition(
      'piscina',
      { from: '5', below: '7' },
      (exports) => this.#addClasses(exports),
      'dist/index.js',
      'dist/worker_pool/index.js',
      'dist/task_queue/index.js',
    ),
  ];

  protected override isWanted(): boolean {
    return optionsOf('piscina').enabled !== false;
  }

  #addClasses(exports: object): void {
    const pool: unknown = Reflect.get(exports, 'Piscina');
    if (typeof pool === 'function') {
      this.add(
        pool.prototype,
        combinePatches(() => recordTasks(pool.prototype), observedPools.watch),
      );
    }
    const worker: unknown = Reflect.get(exports, 'WorkerInfo');
    if (typeof worker === 'function' && typeof worker.prototype.postTask === 'function')
      this.add(worker.prototype, () => recordDispatches(worker.prototype));
    if (typeof Reflect.get(exports, 'TaskInfo') === 'function')
      this.add(exports, () => recordSubmissions(exports as Parameters<typeof recordSubmissions>[0]));
  }
}
