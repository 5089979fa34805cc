import type { InstrumentedLibrary } from '../instrumented-library.js';
import { WorkerpoolPatches } from './patches.js';

/** https://github.com/josdejong/workerpool */
export const workerpool: InstrumentedLibrary = {
  createPatches: () => new WorkerpoolPatches(),
};
