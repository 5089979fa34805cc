import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { catchErrors } from '../../common/catch-errors.js';
import { mutableCopy } from './mutable-copy.js';
import { runAll } from './run-all.js';

/** Changes an object and returns a function that undoes the change. */
export type Patch = () => () => void;

/**
 * Patches of a library, applied when the library is loaded, and while enabled. Objects of the library are changed in place and
 * restored: a module that was both imported and required, or a class that was taken from it earlier, stays the same object everywhere.
 */
export abstract class LibraryPatches {
  /** Modules that OTel's module hooks patch. */
  abstract readonly definitions: InstrumentationNodeModuleDefinition[];

  protected enabled = false;
  /** Patches by the object that they change. */
  readonly #patches = new Map<object, Patch>();
  #undo: (() => void)[] = [];

  /**
   * Defines a module to patch.
   *
   * @param versions supported ranges of versions
   * @param addPatches adds the patches of the exports
   * @param file main file of the package, for an ES module that imports the package: the hooks see only the file that it requires
   */
  protected definition(
    name: string,
    versions: string[],
    addPatches: (exports: object) => void,
    file?: string,
  ): InstrumentationNodeModuleDefinition {
    const tryAddPatches = catchErrors(`Patching ${name}`, addPatches);
    const apply = (loaded: object): object => {
      const exports = mutableCopy(loaded);
      tryAddPatches(exports);
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

  /** Adds the patch of an object, once per object. */
  protected add(target: object, patch: Patch): void {
    if (this.#patches.has(target)) return;
    this.#patches.set(target, patch);
    if (this.enabled) this.#undo.push(patch());
  }

  protected enable(): void {
    if (this.enabled) return;
    this.enabled = true;
    this.#undo = [...this.#patches.values()].map((patch) => patch());
  }

  protected disable(): void {
    if (!this.enabled) return;
    this.enabled = false;
    runAll(this.#undo)();
  }
}

/** Combines patches into one. */
export const combinePatches =
  (...patches: readonly Patch[]): Patch =>
  () =>
    runAll(patches.map((patch) => patch()));
