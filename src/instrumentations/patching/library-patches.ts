import { types } from 'node:util';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { guarded } from './wrap-method.js';

/** Makes a change, and returns what takes it back. */
export type Patch = () => () => void;

/**
 * Patches of libraries, made when they are loaded while it is enabled. The libraries are changed in place and changed back,
 * so that a module that was both imported and required, or that a class was taken from before, is the same to all.
 */
export abstract class LibraryPatches {
  protected enabled = false;
  /** How to patch what has been loaded, by what it changes. */
  private readonly patches = new Map<object, Patch>();
  private undo: (() => void)[] = [];

  /**
   * Where a library is found.
   *
   * @param add takes what the library exports, and adds patches
   * @param file the file that does the work, if an ES module that imports the library is seen to require only that
   */
  protected definition(
    name: string,
    versions: string[],
    add: (exports: object) => void,
    file?: string,
  ): InstrumentationNodeModuleDefinition {
    const apply = (loaded: object): object => {
      const exports = mutableCopy(loaded);
      guarded(add, [exports]);
      this.enable();
      return exports;
    };
    const revert = () => this.disable();
    const files =
      file === undefined
        ? []
        : [new InstrumentationNodeModuleFile(`${name}/${file}`, versions, apply, revert)];
    return new InstrumentationNodeModuleDefinition(name, versions, apply, revert, files);
  }

  protected add(target: object, patch: Patch): void {
    if (this.patches.has(target)) return;
    this.patches.set(target, patch);
    if (this.enabled) this.undo.push(patch());
  }

  protected enable(): void {
    if (this.enabled) return;
    this.enabled = true;
    this.undo = [...this.patches.values()].map((patch) => patch());
  }

  protected disable(): void {
    if (!this.enabled) return;
    this.enabled = false;
    for (const undo of this.undo) undo();
  }
}

/** Several patches as one. */
export const combinePatches =
  (...patches: readonly Patch[]): Patch =>
  () => {
    const undo = patches.map((patch) => patch());
    return () => {
      for (const each of undo) each();
    };
  };

const mutableCopies = new WeakMap<object, object>();

/** What `require` gives of an ES module cannot be changed; its users get a likeness that can. */
function mutableCopy(exports: object): object {
  if (!types.isModuleNamespaceObject(exports)) return exports;
  const likeness = mutableCopies.get(exports) ?? Object.assign(Object.create(null), exports);
  mutableCopies.set(exports, likeness);
  return likeness;
}
