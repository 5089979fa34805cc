import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { deviceMismatch } from './device-mismatch.js';
import { dimensionError } from './dimension-error.js';
import { dtypeMismatch } from './dtype-mismatch.js';
import { heuristics } from './heuristics.js';
import { outOfMemory } from './out-of-memory.js';
import { shapeMismatch } from './shape-mismatch.js';

/**
 * Matchers that {@link classifyPythonError} uses by default, in order of priority: message patterns of PyTorch, TensorFlow, Keras, JAX,
 * NumPy, scikit-learn, onnxruntime, Paddle and others, then heuristics for other libraries.
 */
export const defaultPythonErrorMatchers: readonly PythonErrorMatcher[] = Object.freeze([
  outOfMemory,
  deviceMismatch,
  dtypeMismatch,
  dimensionError,
  shapeMismatch,
  ...heuristics,
]);
