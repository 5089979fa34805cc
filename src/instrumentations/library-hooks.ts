import {
  InstrumentationBase,
  type InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { catchErrors } from '../common/catch-errors.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';
import { libraries } from './index.js';
import type { InstrumentedLibrary } from './instrumented-library.js';
import type { LibraryPatches } from './patching/library-patches.js';
import { restoreAll } from './patching/restore-all.js';

const tryWatch = catchErrors('Recording a part of Node', (library: InstrumentedLibrary<never>) =>
  library.watch?.(),
);

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
    this.#stops.push(...all.flatMap((library) => tryWatch(library) ?? []));
  }

  override disable(): void {
    super.disable();
    this.#stopWatching();
  }

  #stopWatching(): void {
    restoreAll(this.#stops.splice(0))();
  }
}

let hooks: LibraryHooks | undefined;

/** Returns the hooks of this copy of the package. */
export function libraryHooks(): InstrumentationBase {
  hooks ??= new LibraryHooks();
  return hooks;
}
