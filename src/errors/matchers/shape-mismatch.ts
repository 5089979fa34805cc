import { type MessagePattern, pythonErrorMatcher } from '../python-error-matcher.js';
import { jaxShapes } from './jax-shapes.js';
import { numpyShapes } from './numpy-shapes.js';
import { onnxruntimeShapes } from './onnxruntime-shapes.js';
import { paddleShapes } from './paddle-shapes.js';
import { tensorflowShapes } from './tensorflow-shapes.js';
import { torchShapes } from './torch-shapes.js';

/** Messages that are not specific to a library. */
const genericPatterns: readonly MessagePattern[] = [
  { patterns: "Tensor's size({got}) does not match data length({expected})" },
  { patterns: 'shape mismatch: {expected} vs {got}' },
  { patterns: 'shape mismatch: expected {expected}, got {got}' },
  { patterns: 'shape mismatch: expected {expected} but got {got}' },
  { patterns: "Shape mismatch, can't divide axis of length {got} in chunks of {expected}" },
  { patterns: 'Shape mismatch, {got} != {expected}' },
  { patterns: 'Shapes {expected} and {got} cannot be broadcast', metadata: { operation: 'broadcast' } },
  { patterns: 'Expect number of features to match number of … Got {got} and {expected} instead' },
  { patterns: 'model input (shape={expected}) and the tensor (shape={got}) are incompatible' },
  { patterns: 'expected shape {expected}, got {got}' },
  { patterns: 'expected shape {expected}, but got {got}' },
  { patterns: 'expected shape {expected} but got {got}' },
];

/** If neither operand is a reference for the other, `expected` is the one named first. */
export const shapeMismatch = pythonErrorMatcher('snakepit.error.shape_mismatch', [
  ...paddleShapes,
  ...torchShapes,
  ...numpyShapes,
  ...jaxShapes,
  ...tensorflowShapes,
  ...onnxruntimeShapes,
  ...genericPatterns,
]);
