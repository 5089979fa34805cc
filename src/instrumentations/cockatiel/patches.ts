import { catchErrors } from '../../common/catch-errors.js';
import { BreakerPatches } from '../breakers/breaker-patches.js';
import { combinePatches } from '../patching/library-patches.js';
import { copyNameAndLength, type Method } from '../patching/wrap-method.js';
import { subscribeToPolicy } from './subscribe.js';

/** Functions that create policies. */
const FACTORIES = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'];

/** Subscribes to the cockatiel policies that are created while it is enabled. */
export class CockatielPatches extends BreakerPatches {
  readonly definitions = [
    this.definition('cockatiel', ['>=3 <5'], (exports) => this.#addFactories(exports), 'dist/Policy.js'),
  ];

  protected readonly subscribe = subscribeToPolicy;

  /** Replacements by original. They are permanent: importers may keep a reference. */
  readonly #replacements = new WeakMap<Method, Method>();
  readonly #ours = new WeakSet<Method>();

  #addFactories(exports: object): void {
    this.add(exports, combinePatches(...FACTORIES.map((name) => () => this.#replace(exports, name))));
  }

  /** Replaces an export. A read-only export forwards that of another module, which is replaced itself. */
  #replace(exports: object, name: string): () => void {
    const original: unknown = Reflect.get(exports, name);
    if (typeof original !== 'function' || this.#ours.has(original as Method)) return () => {};
    const replacement = this.#replacementOf(original as Method);
    Reflect.set(exports, name, replacement);
    return () => {
      if (Reflect.get(exports, name) === replacement) Reflect.set(exports, name, original);
    };
  }

  #replacementOf(original: Method): Method {
    const known = this.#replacements.get(original);
    if (known !== undefined) return known;
    const addPolicy = catchErrors('Recording a cockatiel policy', (policy: unknown) => {
      if (this.enabled && typeof policy === 'object' && policy !== null) this.addBreaker(policy);
    });
    const replacement = copyNameAndLength(original, function (...args) {
      const policy = Reflect.apply(original, this, args);
      addPolicy(policy);
      return policy;
    });
    this.#replacements.set(original, replacement);
    this.#ours.add(replacement);
    return replacement;
  }
}
