import {
  InstrumentationBase,
  type InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';
import { libraries } from './index.js';
import type { InstrumentedLibrary } from './instrumented-library.js';
import type { LibraryPatches } from './patching/library-patches.js';

const all: readonly InstrumentedLibrary<never>[] = libraries;

let patches: readonly LibraryPatches[] | undefined;

/** Returns the patches of all libraries, one list for all instrumentations. */
function libraryPatches(): readonly LibraryPatches[] {
  patches ??= all.flatMap((library) => library.createPatches?.() ?? []);
  return patches;
}

/** Returns the modules that are patched. */
export const moduleDefinitions = (): InstrumentationNodeModuleDefinition[] =>
  libraryPatches().flatMap(({ definitions }) => definitions);

/**
 * Patches the libraries for the active instrumentation. OTel cannot remove the module hooks of an instrumentation, so each would stay
 * in memory with its providers. A later instrumentation would also miss the modules that are loaded already.
 */
class LibraryHooks extends InstrumentationBase {
  readonly #stops: (() => void)[] = [];

  constructor() {
    super(PACKAGE_NAME, PACKAGE_VERSION, { enabled: false });
  }

  protected override init() {
    return moduleDefinitions();
  }

  override enable(): void {
    super.enable();
    for (const patches of libraryPatches()) patches.adoptLoaded();
    this.#stopWatching();
    this.#stops.push(...all.flatMap((library) => library.watch?.() ?? []));
  }

  override disable(): void {
    super.disable();
    this.#stopWatching();
  }

  #stopWatching(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

let hooks: LibraryHooks | undefined;

/** Returns the hooks of this copy of the package. */
export function libraryHooks(): InstrumentationBase {
  hooks ??= new LibraryHooks();
  return hooks;
}
