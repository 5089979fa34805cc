import { AsyncLocalStorage } from 'node:async_hooks';

/** Calls of a handler in one turn of the event loop, from which on its chains are counted. */
const BURST = 1000;
/** Calls after which the end of the turn is awaited. */
const CHECKED = 100;
/** Calls of handlers that one call may lead to, by events that are published later, during a burst. */
const MAX_CALLS = 1000;

/** A call, and those that follow from it through promises, timers and other callbacks. */
interface Chain {
  calls: number;
}

const chains = new AsyncLocalStorage<Chain>();

/** Thrown instead of a call that would continue an endless chain. */
class HandlerChainError extends Error {
  override readonly name = 'HandlerChainError';
  override readonly message = `its own events called it ${MAX_CALLS} times`;
}

/**
 * Calls a handler, and ends chains in which it calls itself again and again by events that it publishes asynchronously. Such a chain
 * of promises would block the event loop, and one that branches would exhaust the memory. A chain of a few calls in each turn of the
 * event loop does no harm, and may go on. Chains are followed during bursts only: a call costs an addition otherwise.
 */
export class ChainGuard<A> {
  #calls = 0;
  #checkedFrom = CHECKED;
  #isResetting = false;
  readonly #handler: (argument: A) => unknown;

  constructor(handler: (argument: A) => unknown) {
    this.#handler = handler;
  }

  /** @throws HandlerChainError if the call would continue an endless chain */
  call(argument: A): unknown {
    this.#calls += 1;
    return this.#calls < this.#checkedFrom ? this.#handler(argument) : this.#callChecked(argument);
  }

  #callChecked(argument: A): unknown {
    if (!this.#isResetting) {
      this.#isResetting = true;
      setImmediate(() => this.#endTurn()).unref();
    }
    if (this.#calls < BURST && this.#checkedFrom > 0) return this.#handler(argument);
    const chain = chains.getStore() ?? { calls: 0 };
    chain.calls += 1;
    if (chain.calls > MAX_CALLS) throw new HandlerChainError();
    return chains.run(chain, this.#handler, argument);
  }

  #endTurn(): void {
    this.#isResetting = false;
    // A chain that branches has a burst in every turn.
    this.#checkedFrom = this.#calls >= BURST ? 0 : CHECKED;
    this.#calls = 0;
  }
}
