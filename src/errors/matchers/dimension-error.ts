import { pythonErrorMatcher } from '../python-error-matcher.js';

export const dimensionError = pythonErrorMatcher('snakepit.error.dimension_error', [
  // PyTorch
  {
    patterns: [
      'Expected {expected_dims}-dimensional input for … but got {got_dims}-dimensional input',
      'Expected {expected_dims}-dimensional input for … but got input of size {got_dims:shape}',
      'Expected {expected_dims}-dimensional input for',
      'or {expected_dims}D (batched) input to … but got input of size: {got_dims:shape}',
      'or {expected_dims}D (batched) input to',
      '{expected_dims}D input (got {got_dims}D input)',
      'Expected input to be … or {expected_dims}D, got {got_dims}D',
      'Expected input to be … or {expected_dims}-D but received {got_dims}-D',
      'Expected input to be {expected_dims}D, got {got_dims}D',
      'input must have {expected_dims} dimensions, got {got_dims}',
      'input must have … or {expected_dims} dimensions, got {got_dims}',
      'input should also be {expected_dims}-D but got {got_dims}-D',
      'should also be {expected_dims}-D but got ({got_dims}-D',
      '{expected_dims}D (batch mode) tensor … but got:{got_dims:shape}',
      '{expected_dims}D input tensor expected but got: {got_dims:shape}',
      '{expected_dims}D tensors expected, but got {got_dims}D',
      '{expected_dims}D tensors expected, got {got_dims}D',
      '({expected_dims}D tensors) but got targets of dimension: {got_dims}',
      '({expected_dims}D tensors) but got targets of size: : {got_dims:shape}',
      '{expected_dims}D tensors) but got targets of dimension: {got_dims}',
      '{expected_dims}D tensors) but got targets of size: : {got_dims:shape}',
      '{expected_dims}D target tensor expected, multi-target not supported',
      'Expected {expected_dims}-D argument … but got {got_dims}-D',
      'expects a {expected_dims}D tensor, but … is {got_dims}D',
      'expects a tensor with <= {expected_dims} dimensions, but self is {got_dims}D',
      '{expected_dims}D input Tensors supported (got {got_dims}D)',
      'must be a {expected_dims}D tensor, got {got_dims}D',
      'must be a {expected_dims}-D tensor, got {got_dims}-D',
      'must be a {expected_dims}D tensor',
      'tensors must be {expected_dims}-D',
      '{expected_dims}D (batch mode) tensor expected',
      '{got_dims}D tensors expect … values for padding',
      'padding with non-constant padding are supported',
      'vector + matrix @ vector expected, got',
      'must have at least {expected_dims} dimensions',
    ],
  },
  { patterns: 'matrices expected, got {got_dims}D', metadata: { expected_dims: 2 } },
  {
    patterns: ['must be a matrix, got {got_dims}-D', 'must be a matrix'],
    types: ['RuntimeError'],
    metadata: { expected_dims: 2 },
  },
  {
    patterns: 'Tensors must have same number of dimensions: got {expected_dims} and {got_dims}',
  },
  {
    patterns: [
      'input.dim() = {got_dims} is not equal to len(dims) = {expected_dims}',
      "number of dims don't match in permute",
      'The number of sizes provided {expected_dims} must be greater or equal to the number of dimensions in the tensor {got_dims}',
      'number of sizes provided ({expected_dims}) must be greater or equal to the number of dimensions in the tensor ({got_dims})',
      'can not be smaller than number of dimensions of tensor',
    ],
  },
  { patterns: 'Dimension out of range (expected to be in range of [-{got_dims}, …], but got' },
  { patterns: ['too many indices for tensor of dimension {got_dims}', 'invalid index of a 0-dim tensor'] },
  { patterns: 'Dimension specified as … but tensor has no dimensions', metadata: { got_dims: 0 } },
  { patterns: 'zero-dimensional tensor (at position … cannot be concatenated', metadata: { got_dims: 0 } },
  {
    patterns: ['iteration over a 0-d', 'len() of a 0-d', 'len() of unsized object'],
    metadata: { got_dims: 0 },
  },

  // NumPy, JAX and scikit-learn
  {
    patterns: [
      'too many indices for array: array is {got_dims}-dimensional, but {expected_dims} were indexed',
      'Too many indices: array is {got_dims}-dimensional, but {expected_dims} were indexed',
      'too many indices for array',
      "axes don't match array",
      'Improper number of dimensions to norm',
      'must have ndim at least {expected_dims}, but it has ndim {got_dims}',
      'must have the same number of dimensions, but got {expected_dims:shape} and {got_dims:shape}',
      'different numbers of dimensions: got {expected_dims:shape}, {got_dims:shape}',
      'arrays with different ranks, got {expected_dims}, {got_dims}',
      'arrays of different rank: {expected_dims:shape} and {got_dims:shape}',
      'object of too small depth for desired array',
      'must be 1- or 2-d',
      'must be 1-D or 2-D',
      'with same number of dimensions',
      'the same number of dimensions',
      'axis … is out of bounds for array of dimension {got_dims}',
      'must have same number of dimensions, but … has {expected_dims} dimension(s) and … has {got_dims} dimension(s)',
      'must have same number of dimensions',
      'does not have enough dimensions (has {got_dims}, … requires {expected_dims})',
      'Expected {expected_dims}D array, got {got_dims}D array',
      'Expected {expected_dims}D array, got scalar array',
      'Found array with dim {got_dims}, while dim <= {expected_dims} is required',
      'Found array with dim {got_dims}. … expected <= {expected_dims}',
      'Found array with dim {got_dims}, expected {expected_dims}',
      'should be a {expected_dims}d array, got an array of shape {got_dims:shape}',
    ],
  },
  {
    patterns: [
      '{got_dims}-dimensional array given. Array must be at least two-dimensional',
      '{got_dims}-dimensional array given. Array must be two-dimensional',
      'requires an array of at least two dimensions',
    ],
    metadata: { expected_dims: 2 },
  },

  // TensorFlow and Keras
  {
    patterns: [
      'ndim={expected_dims}, found ndim={got_dims}',
      'to have {expected_dims} dimensions, but got array with shape {got_dims:shape}',
      'Shape must be rank {expected_dims} but is rank {got_dims}',
      'Shape must be at least rank {expected_dims} but is rank {got_dims}',
      'Shape must be at most rank {expected_dims} but is rank {got_dims}',
      'must be rank {expected_dims} but is rank {got_dims}',
      'Shape {got_dims:shape} must have rank {expected_dims}',
      'Ranks of all input tensors should match: shape[0] = {expected_dims:shape} vs. shape[…] = {got_dims:shape}',
      'Ranks of all input tensors should match',
      'Invalid reduction dimension … for input with {got_dims} dimension',
      'Shapes must be equal rank, but are {expected_dims} and {got_dims}',
      'must be {expected_dims}-dimensional{got_dims:shape}',
      'ndims must be >= {expected_dims}: {got_dims}',
      'squeeze_dims[…] not in [-{got_dims},',
      'squeeze dim index … for tensor with {got_dims} dimensions',
      'tensor of {expected_dims} dimensions from a tensor of {got_dims} dimensions',
      'transpose expects a vector of size',
      'Index out of range using input dim … input has only {got_dims} dims',
    ],
  },

  // torchvision and MLX
  {
    patterns: 'Expected tensor to be a tensor image of size (C, H, W). Got tensor.size() = {got_dims:shape}',
    metadata: { expected_dims: 3 },
  },
  {
    patterns: [
      'Invalid axes … array with {got_dims} dimensions',
      'Invalid axis … array with {got_dims} dimensions',
    ],
  },

  // einops
  { patterns: 'Expected {expected_dims} dimensions, got {got_dims}' },

  // onnxruntime
  { patterns: 'Invalid rank for input: … Got: {got_dims} Expected: {expected_dims}' },
  { patterns: 'inferred and declared dimensions. inferred={got_dims} declared={expected_dims}' },
  { patterns: 'Invalid rank for output: … Got: {got_dims} Expected: {expected_dims}' },
  { patterns: 'A shape tensor must be a vector tensor', metadata: { expected_dims: 1 } },
]);
