import { catchErrors } from '../../common/catch-errors.js';
import { BreakerPatches } from '../breakers/breaker-patches.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { initialState, isOpossumBreaker } from './breaker.js';
import { subscribeToBreaker } from './subscribe.js';

/** Subscribes to the opossum breakers that are created while it is enabled. */
export class OpossumPatches extends BreakerPatches {
  readonly definitions = [
    this.definition('opossum', ['>=5 <11'], (exports) => this.#addBreakerClass(exports), 'lib/circuit.js'),
  ];

  protected readonly subscribe = subscribeToBreaker;

  /** The constructor of a breaker adds listeners to it: the first call of `on` reveals a new breaker. */
  #addBreakerClass(exports: object): void {
    const breakerClass: unknown = typeof exports === 'function' ? exports : Reflect.get(exports, 'default');
    if (typeof breakerClass !== 'function') return;
    const { prototype } = breakerClass;
    const addIfNew = catchErrors('Recording an opossum breaker', (breaker: object) => {
      if (this.isKnown(breaker) || !isOpossumBreaker(breaker)) return;
      this.addBreaker(breaker, () => subscribeToBreaker(breaker, { state: initialState(breaker) }));
    });
    this.add(prototype, () =>
      wrapMethod(
        prototype,
        'on',
        (original) =>
          function (...args) {
            addIfNew(this as object);
            return Reflect.apply(original, this, args);
          },
      ),
    );
  }
}
