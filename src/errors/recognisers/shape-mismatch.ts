import { recogniser, type Saying } from '../recogniser.js';
import { jaxShapes } from './jax-shapes.js';
import { numpyShapes } from './numpy-shapes.js';
import { onnxruntimeShapes } from './onnxruntime-shapes.js';
import { tensorflowShapes } from './tensorflow-shapes.js';
import { torchShapes } from './torch-shapes.js';

/** Wordings that are nobody's own. */
const anybody: readonly Saying[] = [
  { says: "Tensor's size({got}) does not match data length({expected})" },
  { says: 'shape mismatch: {expected} vs {got}' },
  { says: 'shape mismatch: expected {expected}, got {got}' },
  { says: 'shape mismatch: expected {expected} but got {got}' },
  { says: 'expected shape {expected}, got {got}' },
  { says: 'expected shape {expected}, but got {got}' },
  { says: 'expected shape {expected} but got {got}' },
];

/** Where neither operand is the standard of the other, `expected` is the one named first. */
export const shapeMismatch = recogniser('snakepit.error.shape_mismatch', [
  ...torchShapes,
  ...numpyShapes,
  ...jaxShapes,
  ...tensorflowShapes,
  ...onnxruntimeShapes,
  ...anybody,
]);
