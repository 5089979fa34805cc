import {
  InstrumentationBase,
  type InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';
import { libraries } from './index.js';

let definitions: InstrumentationNodeModuleDefinition[] | undefined;

/** Returns the modules that are patched, one list for all instrumentations. */
export function moduleDefinitions(): InstrumentationNodeModuleDefinition[] {
  definitions ??= libraries.flatMap((library) => library.createPatches().definitions);
  return definitions;
}

/**
 * Patches the libraries for the active instrumentation. OTel cannot remove the module hooks of an instrumentation, so each would stay
 * in memory with its providers. A later instrumentation would also miss the modules that are loaded already.
 */
class LibraryHooks extends InstrumentationBase {
  constructor() {
    super(PACKAGE_NAME, PACKAGE_VERSION, { enabled: false });
  }

  protected override init() {
    return moduleDefinitions();
  }
}

let hooks: LibraryHooks | undefined;

/** Returns the hooks of this copy of the package. */
export function libraryHooks(): InstrumentationBase {
  hooks ??= new LibraryHooks();
  return hooks;
}
