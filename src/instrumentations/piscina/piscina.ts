import type { InstrumentedLibrary } from '../instrumented-library.js';
import { PiscinaPatches } from './patches.js';
import { continueContexts } from './thread-tasks.js';

/** https://github.com/piscinajs/piscina */
export const piscina: InstrumentedLibrary = {
  createPatches: () => new PiscinaPatches(),
  watch: continueContexts,
};
