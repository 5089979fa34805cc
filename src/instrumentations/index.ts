import { cockatiel } from './cockatiel/cockatiel.js';
import { onnxruntime } from './onnxruntime/onnxruntime.js';
import { opossum } from './opossum/opossum.js';

/** Instrumented libraries. A new library is a folder, its tests, and a line here. */
export const libraries = [opossum, cockatiel, onnxruntime] as const;

export { publishStates } from './breakers/pool.js';
