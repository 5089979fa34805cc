import type { PythonErrorMatcher } from '../python-error-matcher.js';
import { deviceMismatch } from './device-mismatch.js';
import { dimensionError } from './dimension-error.js';
import { dtypeMismatch } from './dtype-mismatch.js';
import { general } from './heuristics.js';
import { outOfMemory } from './out-of-memory.js';
import { shapeMismatch } from './shape-mismatch.js';

/** What this package recognises. The first that knows an error decides. */
export const defaultPythonErrorMatchers: readonly PythonErrorMatcher[] = Object.freeze([
  outOfMemory,
  deviceMismatch,
  dtypeMismatch,
  dimensionError,
  shapeMismatch,
  ...general,
]);
