import { optionsOf } from '../options/active-options.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { observedPools } from './pool.js';
import { recordOutcomes, recordQueue, recordRequests } from './requests.js';

/** Records the requests that wait for an object of a pool, if the host asks for it. */
export class GenericPoolPatches extends LibraryPatches {
  readonly definitions = [
    this.definition(
      'generic-pool',
      { from: '3', below: '4' },
      (exports) => this.#addClass(exports),
      'index.js',
      'lib/Pool.js',
      'lib/PriorityQueue.js',
      'lib/ResourceRequest.js',
    ),
  ];

  protected override isWanted(): boolean {
    return optionsOf('genericPool').enabled === true;
  }

  #addClass(exports: object): void {
    if (typeof exports !== 'function') return;
    const { prototype } = exports;
    if (typeof prototype.acquire === 'function')
      this.add(
        prototype,
        combinePatches(() => recordRequests(prototype), observedPools.watch),
      );
    else if (typeof prototype.enqueue === 'function') this.add(prototype, () => recordQueue(prototype));
    else if (typeof prototype.removeTimeout === 'function') this.add(prototype, recordOutcomes(prototype));
  }
}
