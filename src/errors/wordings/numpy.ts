import type { LibraryWordings } from './library-wordings.js';

/** Wordings of NumPy and SciPy. */
export const numpy: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: [
        'operands could not be broadcast together with remapped shapes [original->remapped]: {got} and requested shape {expected}',
        'operands could not be broadcast together with remapped shapes [original->remapped]: {expected}->… {got}->',
        'operands could not be broadcast together with shapes {expected} {got}',
        'operands could not be broadcast together with shapes {expected}, {got}',
        'operands could not be broadcast together',
        'shape mismatch: objects cannot be broadcast',
      ],
      metadata: {
        operation: 'broadcast',
      },
    },
    {
      patterns: [
        'could not broadcast input array from shape {got} into shape {expected}',
        'could not broadcast where mask from shape {got} into shape {expected}',
        "non-broadcastable output operand with shape {expected} doesn't match the broadcast shape {got}",
      ],
      metadata: {
        operation: 'broadcast',
      },
    },
    {
      patterns: [
        '{operation}: Input operand … has a mismatch in its core dimension {dimension}, … (size {got} is different from {expected})',
        '{operation}: dimension mismatch with signature',
      ],
    },
    {
      patterns: ['shapes {expected} and {got} not aligned', 'matrices are not aligned'],
      metadata: {
        operation: 'dot',
      },
    },
    {
      patterns: 'dimension mismatch',
      types: ['ValueError'],
      metadata: {
        operation: 'matmul',
      },
    },
    {
      patterns: [
        'cannot reshape array of size {got} into shape {expected}',
        'cannot reshape array of shape … (size {got}) into shape {expected}',
        'total size of new array must be unchanged',
      ],
      metadata: {
        operation: 'reshape',
      },
    },
    {
      patterns: [
        'concatenation axis must match exactly, but along dimension {dimension}, … has size {expected} and … has size {got}',
        'concatenation axis must match exactly',
        'Cannot concatenate arrays with shapes that differ … for shapes {expected}, {got}',
      ],
      metadata: {
        operation: 'concatenate',
      },
    },
    {
      patterns: [
        'all input arrays must have the same shape. Got {expected}, {got}',
        'all input arrays must have the same shape',
      ],
      metadata: {
        operation: 'stack',
      },
    },
    {
      patterns:
        'boolean index did not match indexed array along axis {dimension}; size of axis is {expected} but size of corresponding boolean axis is {got}',
      metadata: {
        operation: 'index',
      },
    },
    {
      patterns:
        'boolean index did not match indexed array along dimension {dimension}; dimension is {expected} but corresponding boolean dimension is {got}',
      metadata: {
        operation: 'index',
      },
    },
    {
      patterns: 'X has {got} features, but … is expecting {expected} features',
    },
    {
      patterns: 'X has {got} features per sample; expecting {expected}',
    },
    {
      patterns:
        'Number of features of the model must match the input. Model n_features is {expected} and input n_features is {got}',
    },
    {
      patterns: 'Found input variables with inconsistent numbers of samples: [{expected}, {got}',
    },
    {
      patterns: 'Found arrays with inconsistent numbers of samples: [{expected} {got}',
    },
    {
      patterns: 'inconsistent numbers of samples',
    },
  ],
  'snakepit.error.dtype_mismatch': [
    {
      patterns: [
        'output from {got} to {expected} with casting rule',
        'from {got} to {expected} with casting rule',
        'Cannot cast array data from {got} to {expected} according to the rule',
        'contain a loop with signature matching types ({expected}, {got})',
        'Buffer dtype mismatch, expected {expected} but got {got}',
      ],
    },
  ],
  'snakepit.error.dimension_error': [
    {
      patterns: [
        'too many indices for array: array is {got_dims}-dimensional, but {expected_dims} were indexed',
        'must have ndim at least {expected_dims}, but it has ndim {got_dims}',
        'must be 1- or 2-d',
        'must be 1-D or 2-D',
        'axis … is out of bounds for array of dimension {got_dims}',
        'must have same number of dimensions, but … has {expected_dims} dimension(s) and … has {got_dims} dimension(s)',
        'does not have enough dimensions (has {got_dims}, … requires {expected_dims})',
      ],
    },
    {
      patterns: [
        '{got_dims}-dimensional array given. Array must be at least two-dimensional',
        '{got_dims}-dimensional array given. Array must be two-dimensional',
        'requires an array of at least two dimensions',
      ],
      metadata: {
        expected_dims: 2,
      },
    },
  ],
};
