import type { InstrumentedLibrary } from '../instrumented-library.js';
import { GenericPoolPatches } from './patches.js';

/** https://github.com/coopernurse/node-pool */
export const genericPool: InstrumentedLibrary = {
  createPatches: () => new GenericPoolPatches(),
};
