import {
  type InstrumentationModuleDefinition,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { catchErrors } from '../../common/catch-errors.js';
import { warnOnce } from '../../common/warn-once.js';
import { PACKAGE_NAME } from '../../version.js';
import { loadedPackages } from './loaded-modules.js';
import { mutableCopy } from './mutable-copy.js';
import { restoreAll } from './restore-all.js';
import { isInRange, rangeText, type VersionRange } from './version-range.js';

/** Changes an object and returns a function that undoes the change. */
export type Patch = () => () => void;

const tryPatch = catchErrors('Patching a library', (patch: Patch) => patch());

/** A package to patch. */
interface PatchedPackage {
  readonly name: string;
  readonly versions: VersionRange;
  readonly files: readonly string[];
  readonly definition: InstrumentationModuleDefinition;
  /** @throws what patching throws */
  addPatches(exports: object): void;
}

/**
 * Patches of a library, applied when the library is loaded, and while enabled. Objects of the library are changed in place and
 * restored: a module that was both imported and required, or a class that was taken from it earlier, stays the same object everywhere.
 */
export abstract class LibraryPatches {
  /** Modules that OTel's module hooks patch. */
  abstract readonly definitions: InstrumentationNodeModuleDefinition[];

  protected enabled = false;
  /** True while modules are patched that the host loaded earlier, and may have created objects of. */
  protected isAdopting = false;
  readonly #packages: PatchedPackage[] = [];
  /** Exports that were patched, as far as they could be. */
  readonly #seen = new WeakSet<object>();
  /** Patches by the object that they change. */
  readonly #patches = new Map<object, Patch>();
  #undo: (() => void)[] = [];

  /**
   * Defines a module to patch.
   *
   * @param versions supported versions
   * @param addPatches adds the patches of the exports
   * @param files main file of the package, for an ES module that imports the package: the hooks see only the file that it requires. And
   * other files to patch
   */
  protected definition(
    name: string,
    versions: VersionRange,
    addPatches: (exports: object) => void,
    ...files: readonly string[]
  ): InstrumentationNodeModuleDefinition {
    const tryAddPatches = catchErrors(`Patching ${name}`, addPatches);
    const apply = (loaded: object): object => {
      if (!this.isWanted()) return loaded;
      const exports = mutableCopy(loaded);
      this.enable();
      this.#seen.add(loaded);
      tryAddPatches(exports);
      return exports;
    };
    const revert = () => this.disable();
    const ranges = [rangeText(versions)];
    const definition = Object.assign(
      new InstrumentationNodeModuleDefinition(
        name,
        ranges,
        apply,
        revert,
        files.map((path) => new InstrumentationNodeModuleFile(`${name}/${path}`, ranges, apply, revert)),
      ),
      { includePrerelease: true },
    );
    this.#packages.push({ name, versions, files, definition, addPatches });
    return definition;
  }

  /**
   * Patches the modules that the host loaded before the module hooks were installed, as far as the cache of `require` has them, and
   * those that it loaded while disabled, of which OTel knows only the last copy. Logs a hint for a library that cannot be patched.
   */
  adoptLoaded(): void {
    this.isAdopting = true;
    for (const patched of this.#packages) {
      catchErrors(`Searching for ${patched.name}`, () => this.#adopt(patched))();
    }
    this.isAdopting = false;
  }

  #adopt({ name, versions, files, definition, addPatches }: PatchedPackage): void {
    for (const { version, exports } of loadedPackages(name, files)) {
      if (!isInRange(version, versions)) continue;
      const [main] = exports;
      // The base class reverts and applies a patch again if the definition has the exports.
      definition.moduleExports ??= main;
      if (!this.isWanted() || (main !== undefined && exports.every((each) => this.#seen.has(each)))) continue;
      this.enable();
      try {
        for (const each of exports) {
          this.#seen.add(each);
          addPatches(each);
        }
        if (main !== undefined) continue;
      } catch {
        // The hint says what to do.
      }
      warnOnce(
        `${name} ${version} was loaded before ${PACKAGE_NAME} and cannot be instrumented: load the instrumentation first, with node --import`,
      );
    }
  }

  /** Returns false if the host switched the library off. */
  protected isWanted(): boolean {
    return true;
  }

  /**
   * Applies the patch of an object, once per object.
   *
   * @throws what the patch throws
   */
  protected add(target: object, patch: Patch): void {
    if (this.#patches.has(target)) return;
    this.#undo.push(patch());
    this.#patches.set(target, patch);
  }

  protected enable(): void {
    if (this.enabled) return;
    this.enabled = true;
    this.#undo = [...this.#patches.values()].flatMap((patch) => tryPatch(patch) ?? []);
  }

  protected disable(): void {
    if (!this.enabled) return;
    this.enabled = false;
    restoreAll(this.#undo)();
  }
}

/** Combines patches into one. If one of them fails, none is applied. */
export const combinePatches =
  (...patches: readonly Patch[]): Patch =>
  () => {
    const undo: (() => void)[] = [];
    try {
      for (const patch of patches) undo.push(patch());
    } catch (error) {
      restoreAll(undo)();
      throw error;
    }
    return restoreAll(undo);
  };
