import { recogniser, type Saying } from '../python-error-matcher.js';
import { jaxShapes } from './jax-shapes.js';
import { numpyShapes } from './numpy-shapes.js';
import { onnxruntimeShapes } from './onnxruntime-shapes.js';
import { paddleShapes } from './paddle-shapes.js';
import { tensorflowShapes } from './tensorflow-shapes.js';
import { torchShapes } from './torch-shapes.js';

/** Wordings that are nobody's own. */
const anybody: readonly Saying[] = [
  { says: "Tensor's size({got}) does not match data length({expected})" },
  { says: 'shape mismatch: {expected} vs {got}' },
  { says: 'shape mismatch: expected {expected}, got {got}' },
  { says: 'shape mismatch: expected {expected} but got {got}' },
  { says: "Shape mismatch, can't divide axis of length {got} in chunks of {expected}" },
  { says: 'Shape mismatch, {got} != {expected}' },
  { says: 'Shapes {expected} and {got} cannot be broadcast', metadata: { operation: 'broadcast' } },
  { says: 'Expect number of features to match number of … Got {got} and {expected} instead' },
  { says: 'model input (shape={expected}) and the tensor (shape={got}) are incompatible' },
  { says: 'expected shape {expected}, got {got}' },
  { says: 'expected shape {expected}, but got {got}' },
  { says: 'expected shape {expected} but got {got}' },
];

/** Where neither operand is the standard of the other, `expected` is the one named first. */
export const shapeMismatch = recogniser('snakepit.error.shape_mismatch', [
  ...paddleShapes,
  ...torchShapes,
  ...numpyShapes,
  ...jaxShapes,
  ...tensorflowShapes,
  ...onnxruntimeShapes,
  ...anybody,
]);
