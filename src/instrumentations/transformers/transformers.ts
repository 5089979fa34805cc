import type { InstrumentedLibrary } from '../instrumented-library.js';
import { TransformersPatches } from './patches.js';

/** https://huggingface.co/docs/transformers.js */
export const transformers: InstrumentedLibrary = {
  createPatches: () => new TransformersPatches(),
};
