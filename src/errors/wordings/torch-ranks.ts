import type { LibraryWordings } from './library-wordings.js';

/** Wordings of PyTorch and transformers: numbers of dimensions. */
export const torchRanks: LibraryWordings = {
  'snakepit.error.dimension_error': [
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
    {
      patterns: 'matrices expected, got {got_dims}D',
      metadata: {
        expected_dims: 2,
      },
    },
    {
      patterns: ['must be a matrix, got {got_dims}-D', 'must be a matrix'],
      types: ['RuntimeError'],
      metadata: {
        expected_dims: 2,
      },
    },
    {
      patterns: 'Tensors must have same number of dimensions: got {expected_dims} and {got_dims}',
    },
    {
      patterns: [
        'input.dim() = {got_dims} is not equal to len(dims) = {expected_dims}',
        'The number of sizes provided {expected_dims} must be greater or equal to the number of dimensions in the tensor {got_dims}',
        'number of sizes provided ({expected_dims}) must be greater or equal to the number of dimensions in the tensor ({got_dims})',
        'can not be smaller than number of dimensions of tensor',
      ],
    },
    {
      patterns: 'Dimension out of range (expected to be in range of [-{got_dims}, …], but got',
    },
    {
      patterns: 'too many indices for tensor of dimension {got_dims}',
    },
    {
      patterns: 'Dimension specified as … but tensor has no dimensions',
      metadata: {
        got_dims: 0,
      },
    },
    {
      patterns: 'zero-dimensional tensor (at position … cannot be concatenated',
      metadata: {
        got_dims: 0,
      },
    },
    {
      patterns: ['iteration over a 0-d', 'len() of a 0-d', 'len() of unsized object'],
      metadata: {
        got_dims: 0,
      },
    },
  ],
};
