import type { InstrumentedLibrary } from '../instrumented-library.js';
import { CockatielPatches } from './patches.js';
import type { CockatielPolicy } from './policy.js';
import { instrumentPolicy } from './subscribe.js';

/** https://github.com/connor4312/cockatiel */
export const cockatiel: InstrumentedLibrary<CockatielPolicy> = {
  createPatches: () => new CockatielPatches(),
  instrument: instrumentPolicy,
};
