import { LibraryPatches } from '../patching/library-patches.js';
import { type BreakerOptions, type Subscription, subscriptionOf } from './subscriptions.js';

/** Patches of a library of breakers: subscribe to the breakers that are created while enabled, and pause while disabled. */
export abstract class BreakerPatches extends LibraryPatches {
  readonly #known = new WeakSet<object>();
  readonly #breakers = new Set<WeakRef<object>>();
  readonly #collected = new FinalizationRegistry<WeakRef<object>>((reference) =>
    this.#breakers.delete(reference),
  );
  /** Pools of the breakers whose subscriptions `disable` stopped. */
  readonly #paused = new Map<WeakRef<object>, string>();

  /** Subscribes to a breaker of this library; returns `undefined` for other objects. */
  protected abstract subscribe(breaker: object, options: BreakerOptions): Subscription | undefined;

  /** Returns true for a breaker that `addBreaker` has added. */
  protected isKnown(breaker: object): boolean {
    return this.#known.has(breaker);
  }

  /**
   * Subscribes to a breaker that the library created, once.
   *
   * @param subscribe @default the subscription with the pool that the breaker names
   */
  protected addBreaker(breaker: object, subscribe = () => this.subscribe(breaker, {})): void {
    if (this.#known.has(breaker) || subscribe() === undefined) return;
    this.#known.add(breaker);
    const reference = new WeakRef(breaker);
    this.#breakers.add(reference);
    this.#collected.register(breaker, reference);
  }

  protected override enable(): void {
    if (this.enabled) return;
    super.enable();
    for (const [reference, pool] of this.#paused) {
      const breaker = reference.deref();
      if (breaker !== undefined) this.subscribe(breaker, { pool });
    }
    this.#paused.clear();
  }

  protected override disable(): void {
    if (!this.enabled) return;
    super.disable();
    for (const reference of this.#breakers) {
      const breaker = reference.deref();
      const subscription = breaker && subscriptionOf(breaker);
      if (subscription === undefined) continue;
      this.#paused.set(reference, subscription.member.pool);
      subscription.stop();
    }
  }
}
