import type { MessagePattern } from '../python-error-matcher.js';

/** Shape mismatch messages of NumPy, SciPy and scikit-learn. */
export const numpyShapes: readonly MessagePattern[] = [
  {
    patterns: [
      'operands could not be broadcast together with remapped shapes [original->remapped]: {got} and requested shape {expected}',
      'operands could not be broadcast together with remapped shapes [original->remapped]: {expected}->… {got}->',
      'operands could not be broadcast together with shapes {expected} {got}',
      'operands could not be broadcast together with shapes {expected}, {got}',
      'operands could not be broadcast together',
      'shape mismatch: objects cannot be broadcast',
    ],
    metadata: { operation: 'broadcast' },
  },
  {
    patterns: [
      'could not broadcast input array from shape {got} into shape {expected}',
      'could not broadcast where mask from shape {got} into shape {expected}',
      "non-broadcastable output operand with shape {expected} doesn't match the broadcast shape {got}",
    ],
    metadata: { operation: 'broadcast' },
  },
  {
    patterns: [
      '{operation}: Input operand … has a mismatch in its core dimension {dimension}, … (size {got} is different from {expected})',
      '{operation}: dimension mismatch with signature',
    ],
  },
  {
    patterns: ['shapes {expected} and {got} not aligned', 'matrices are not aligned'],
    metadata: { operation: 'dot' },
  },
  { patterns: 'dimension mismatch', types: ['ValueError'], metadata: { operation: 'matmul' } },
  {
    patterns: [
      'cannot reshape array of size {got} into shape {expected}',
      'cannot reshape array of shape … (size {got}) into shape {expected}',
      'total size of new array must be unchanged',
    ],
    metadata: { operation: 'reshape' },
  },
  {
    patterns: [
      'concatenation axis must match exactly, but along dimension {dimension}, … has size {expected} and … has size {got}',
      'concatenation axis must match exactly',
      'Cannot concatenate arrays with shapes that differ … for shapes {expected}, {got}',
    ],
    metadata: { operation: 'concatenate' },
  },
  {
    patterns: [
      'all input arrays must have the same shape. Got {expected}, {got}',
      'all input arrays must have the same shape',
    ],
    metadata: { operation: 'stack' },
  },
  {
    patterns:
      'boolean index did not match indexed array along axis {dimension}; size of axis is {expected} but size of corresponding boolean axis is {got}',
    metadata: { operation: 'index' },
  },
  {
    patterns:
      'boolean index did not match indexed array along dimension {dimension}; dimension is {expected} but corresponding boolean dimension is {got}',
    metadata: { operation: 'index' },
  },
  { patterns: 'X has {got} features, but … is expecting {expected} features' },
  { patterns: 'X has {got} features per sample; expecting {expected}' },
  {
    patterns:
      'Number of features of the model must match the input. Model n_features is {expected} and input n_features is {got}',
  },
  { patterns: 'Found input variables with inconsistent numbers of samples: [{expected}, {got}' },
  { patterns: 'Found arrays with inconsistent numbers of samples: [{expected} {got}' },
  { patterns: 'inconsistent numbers of samples' },
  { patterns: 'requested array has an inhomogeneous shape after' },
];
