import { types } from 'node:util';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { registry } from '../registry.js';
import { firstState, isOpossum } from './opossum.js';
import { alike, guarded, type Method, overlay } from './overlay.js';
import { watch } from './watch.js';

type Patch = () => () => void;

/** What cockatiel makes policies with. */
const FACTORIES = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'];

/**
 * Makes the breakers report that are made while it is enabled. The libraries are changed in place and changed back, so
 * that a module that was both imported and required, or that a class was taken from before, is the same to all.
 */
export class BreakerPatches {
  readonly definitions = [
    this.definition('opossum', ['>=5 <11'], 'lib/circuit.js', (exports) => this.addOpossum(exports)),
    this.definition('cockatiel', ['>=3 <5'], 'dist/Policy.js', (exports) => this.addCockatiel(exports)),
  ];

  private enabled = false;
  /** How to patch what has been loaded, by what it changes. */
  private readonly patches = new Map<object, Patch>();
  private undo: (() => void)[] = [];
  private readonly seen = new WeakSet<object>();
  private readonly found = new Set<WeakRef<object>>();
  private readonly collected = new FinalizationRegistry<WeakRef<object>>((reference) =>
    this.found.delete(reference),
  );
  /** The pools of breakers that reported until all was disabled. */
  private readonly paused = new Map<WeakRef<object>, string>();
  private readonly replacements = new WeakMap<Method, Method>();
  private readonly ours = new WeakSet<Method>();

  /** Patches the file that does the work too: an ES module that imports the package is seen to require only that. */
  private definition(name: string, versions: string[], file: string, add: (exports: object) => void) {
    const apply = (loaded: object): object => {
      const exports = changeable(loaded);
      guarded(add, [exports]);
      this.enable();
      return exports;
    };
    const revert = () => this.disable();
    const inner = new InstrumentationNodeModuleFile(`${name}/${file}`, versions, apply, revert);
    return new InstrumentationNodeModuleDefinition(name, versions, apply, revert, [inner]);
  }

  private enable(): void {
    if (this.enabled) return;
    this.enabled = true;
    this.undo = [...this.patches.values()].map((patch) => patch());
    for (const [reference, pool] of this.paused) {
      const breaker = reference.deref();
      if (breaker !== undefined) watch(breaker, { pool });
    }
    this.paused.clear();
  }

  private disable(): void {
    if (!this.enabled) return;
    this.enabled = false;
    for (const undo of this.undo) undo();
    for (const reference of this.found) {
      const watching = registry.watches.get(reference.deref() ?? NOTHING);
      if (watching === undefined) continue;
      this.paused.set(reference, watching.member.pool);
      watching.stop();
    }
  }

  private add(target: object, patch: Patch): void {
    if (this.patches.has(target)) return;
    this.patches.set(target, patch);
    if (this.enabled) this.undo.push(patch());
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
      overlay(
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
    this.add(exports, () => {
      const stops = FACTORIES.map((name) => this.replace(exports, name));
      return () => {
        for (const stop of stops) stop();
      };
    });
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
    const replacement = alike(original, function (...args) {
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

const likenesses = new WeakMap<object, object>();

/** What `require` gives of an ES module cannot be changed; its users get a likeness that can. */
function changeable(exports: object): object {
  if (!types.isModuleNamespaceObject(exports)) return exports;
  const likeness = likenesses.get(exports) ?? Object.assign(Object.create(null), exports);
  likenesses.set(exports, likeness);
  return likeness;
}
