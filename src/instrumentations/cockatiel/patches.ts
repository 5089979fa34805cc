import { catchErrors } from '../../common/catch-errors.js';
import { BreakerPatches } from '../breakers/breaker-patches.js';
import { combinePatches } from '../patching/library-patches.js';
import { copyNameAndLength, type Method, wrapMethod } from '../patching/wrap-method.js';
import { subscribeToPolicy } from './subscribe.js';

/** Functions that create policies. */
const FACTORIES = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'];

/** Classes of the policies that they create. */
const CLASSES = ['CircuitBreakerPolicy', 'RetryPolicy', 'TimeoutPolicy', 'BulkheadPolicy', 'FallbackPolicy'];

/** Subscribes to the cockatiel policies that are created while it is enabled, or earlier if cockatiel was loaded earlier. */
export class CockatielPatches extends BreakerPatches {
  readonly definitions = [
    this.definition(
      'cockatiel',
      { from: '3', below: '5' },
      (exports) => this.#addFactories(exports),
      'dist/Policy.js',
    ),
  ];

  protected readonly subscribe = subscribeToPolicy;

  /** Replacements by original. They are permanent: importers may keep a reference. */
  readonly #replacements = new WeakMap<Method, Method>();
  readonly #ours = new WeakSet<Method>();

  #addFactories(exports: object): void {
    this.add(exports, combinePatches(...FACTORIES.map((name) => () => this.#replace(exports, name))));
    if (this.isAdopting) for (const name of CLASSES) this.#addClass(Reflect.get(exports, name));
  }

  /** The next call reveals a policy that was created earlier, or by a function that the host keeps. */
  #addClass(policyClass: unknown): void {
    if (typeof policyClass !== 'function') return;
    const { prototype } = policyClass;
    const addPolicy = catchErrors('Recording a cockatiel policy', (policy: object) =>
      this.addBreaker(policy),
    );
    const isKnown = (policy: object) => this.isKnown(policy);
    this.add(prototype, () =>
      wrapMethod(
        prototype,
        'execute',
        (original) =>
          function (...args) {
            const policy = this as object;
            if (isKnown(policy)) return Reflect.apply(original, policy, args);
            addPolicy(policy);
            // Recording retries replaces the method of the policy.
            const execute = isKnown(policy) ? (Reflect.get(policy, 'execute') as Method) : original;
            return Reflect.apply(execute, policy, args);
          },
      ),
    );
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
