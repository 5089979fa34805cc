import { firstState, isOpossum } from '../opossum/opossum.js';
import { combinePatches, LibraryPatches } from '../patching/library-patches.js';
import { copyNameAndLength, guarded, type Method, wrapMethod } from '../patching/wrap-method.js';
import { watch, watches } from './watch.js';

/** What cockatiel makes policies with. */
const FACTORIES = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'];

/** Makes the breakers report that are made while it is enabled. */
export class BreakerPatches extends LibraryPatches {
  readonly definitions = [
    this.definition('opossum', ['>=5 <11'], (exports) => this.addOpossum(exports), 'lib/circuit.js'),
    this.definition('cockatiel', ['>=3 <5'], (exports) => this.addCockatiel(exports), 'dist/Policy.js'),
  ];

  private readonly seen = new WeakSet<object>();
  private readonly found = new Set<WeakRef<object>>();
  private readonly collected = new FinalizationRegistry<WeakRef<object>>((reference) =>
    this.found.delete(reference),
  );
  /** The pools of breakers that reported until all was disabled. */
  private readonly paused = new Map<WeakRef<object>, string>();
  private readonly replacements = new WeakMap<Method, Method>();
  private readonly ours = new WeakSet<Method>();

  protected override enable(): void {
    if (this.enabled) return;
    super.enable();
    for (const [reference, pool] of this.paused) {
      const breaker = reference.deref();
      if (breaker !== undefined) watch(breaker, { pool });
    }
    this.paused.clear();
  }

  protected override disable(): void {
    if (!this.enabled) return;
    super.disable();
    for (const reference of this.found) {
      const watching = watches.get(reference.deref() ?? NOTHING);
      if (watching === undefined) continue;
      this.paused.set(reference, watching.member.pool);
      watching.stop();
    }
  }

  /** Breakers register listeners of their own while they are made: the first shows a breaker. */
  private addOpossum(exports: object): void {
    const breakerClass: unknown = typeof exports === 'function' ? exports : Reflect.get(exports, 'default');
    if (typeof breakerClass !== 'function') return;
    const { prototype } = breakerClass;
    const find = (breaker: object) => {
      if (!this.seen.has(breaker) && isOpossum(breaker)) this.find(breaker, firstState(breaker));
    };
    this.add(prototype, () =>
      wrapMethod(
        prototype,
        'on',
        (original) =>
          function (...args) {
            guarded(find, [this as object]);
            return Reflect.apply(original, this, args);
          },
      ),
    );
  }

  private addCockatiel(exports: object): void {
    this.add(exports, combinePatches(...FACTORIES.map((name) => () => this.replace(exports, name))));
  }

  /** Where an export cannot be set it passes on one of another module, which has been set. */
  private replace(exports: object, name: string): () => void {
    const original: unknown = Reflect.get(exports, name);
    if (typeof original !== 'function' || this.ours.has(original as Method)) return () => {};
    const replacement = this.replacementOf(original as Method);
    Reflect.set(exports, name, replacement);
    return () => {
      if (Reflect.get(exports, name) === replacement) Reflect.set(exports, name, original);
    };
  }

  /** One for each function, for good: importers may have taken it with them. */
  private replacementOf(original: Method): Method {
    const known = this.replacements.get(original);
    if (known !== undefined) return known;
    const find = (policy: unknown) => {
      if (this.enabled && typeof policy === 'object' && policy !== null) this.find(policy);
    };
    const replacement = copyNameAndLength(original, function (...args) {
      const policy = Reflect.apply(original, this, args);
      guarded(find, [policy]);
      return policy;
    });
    this.replacements.set(original, replacement);
    this.ours.add(replacement);
    return replacement;
  }

  private find(breaker: object, state?: ReturnType<typeof firstState>): void {
    if (this.seen.has(breaker) || watch(breaker, { state }) === undefined) return;
    this.seen.add(breaker);
    const reference = new WeakRef(breaker);
    this.found.add(reference);
    this.collected.register(breaker, reference);
  }
}

const NOTHING = {};
