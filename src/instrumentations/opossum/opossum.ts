import type { InstrumentedLibrary } from '../instrumented-library.js';
import type { OpossumBreaker } from './breaker.js';
import { OpossumPatches } from './patches.js';
import { subscribeToBreaker } from './subscribe.js';

/** https://github.com/nodeshift/opossum */
export const opossum: InstrumentedLibrary<OpossumBreaker> = {
  createPatches: () => new OpossumPatches(),
  instrument: (breaker, { pool }) => subscribeToBreaker(breaker, { pool })?.stop,
};
