import { BreakerPatches } from '../breakers/breaker-patches.js';
import { combinePatches } from '../patching/library-patches.js';
import { beforeCallsOf } from '../patching/wrap-method.js';
import { currentState, isOpossumBreaker } from './breaker.js';
import { subscribeToBreaker } from './subscribe.js';

/** Subscribes to the opossum breakers that are created while it is enabled, or earlier if opossum was loaded earlier. */
export class OpossumPatches extends BreakerPatches {
  readonly definitions = [
    this.definition(
      'opossum',
      { from: '5', below: '11' },
      (exports) => this.#addBreakerClass(exports),
      'lib/circuit.js',
    ),
  ];

  protected readonly subscribe = subscribeToBreaker;

  /**
   * The constructor of a breaker adds listeners to it: the first call of `on` reveals a new breaker. The next call of its function
   * reveals a breaker that was created earlier.
   */
  #addBreakerClass(exports: object): void {
    const breakerClass: unknown = typeof exports === 'function' ? exports : Reflect.get(exports, 'default');
    if (typeof breakerClass !== 'function') return;
    const { prototype } = breakerClass;
    const methods = this.isAdopting ? ['on', 'call'] : ['on'];
    const patches = methods.map(
      (method) => () =>
        beforeCallsOf(prototype, method, 'Recording an opossum breaker', (breaker) =>
          this.#addIfNew(breaker),
        ),
    );
    this.add(prototype, combinePatches(...patches));
  }

  #addIfNew(breaker: object): void {
    if (this.isKnown(breaker) || !isOpossumBreaker(breaker)) return;
    this.addBreaker(breaker, () => subscribeToBreaker(breaker, { state: currentState(breaker) }));
  }
}
