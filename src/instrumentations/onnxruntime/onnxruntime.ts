import type { InstrumentedLibrary } from '../instrumented-library.js';
import { OnnxruntimePatches } from './patches.js';

/** https://onnxruntime.ai/docs/get-started/with-javascript/node.html */
export const onnxruntime: InstrumentedLibrary = {
  createPatches: () => new OnnxruntimePatches(),
};
