import { optionsOf } from '../options/active-options.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { recordDispatches } from './dispatches.js';
import { observedPools } from './pool.js';
import { recordTasks } from './tasks.js';

/** Records the tasks of pools, and their assignment to workers. */
export class WorkerpoolPatches extends LibraryPatches {
  readonly definitions = [
    this.definition(
      'workerpool',
      // Version 5 is one bundle.
      { from: '6', below: '11' },
      (exports) => this.#addClass(exports),
      'src/index.js',
      'src/Pool.js',
      'src/WorkerHandler.js',
    ),
  ];

  protected override isWanted(): boolean {
    return optionsOf('workerpool').enabled !== false;
  }

  #addClass(exports: object): void {
    if (typeof exports !== 'function') return;
    const { prototype } = exports;
    if (typeof prototype.stats === 'function')
      this.add(
        prototype,
        combinePatches(() => recordTasks(prototype), observedPools.watch),
      );
    else if (typeof prototype.busy === 'function') this.add(prototype, () => recordDispatches(prototype));
  }
}
