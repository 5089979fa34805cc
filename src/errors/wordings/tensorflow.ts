import type { LibraryWordings } from './library-wordings.js';

/** Wordings of TensorFlow and Keras. */
export const tensorflow: LibraryWordings = {
  'snakepit.error.oom': [{ patterns: 'Dst tensor is not initialized' }],
  'snakepit.error.shape_mismatch': [
    {
      patterns: ['Matrix size-incompatible: In[0]: {expected}, In[1]: {got}', 'Matrix size-incompatible'],
      metadata: {
        operation: 'MatMul',
      },
    },
    {
      patterns: [
        '{operation} got incompatible shapes for broadcasting: {expected}, {got}',
        'Incompatible shapes: {expected} vs. {got}',
        'Incompatible shapes for broadcasting: shapes={expected}, {got}',
        'Incompatible shapes for broadcasting: {expected} and requested shape {got}',
        'Incompatible shapes for broadcasting: {expected}, {got}',
        'Incompatible types for broadcasting: input type=…[{got}] and requested type=…[{expected}]',
        'Incompatible shapes:',
      ],
    },
    {
      patterns: [
        'Dimensions must be equal, but are … with input shapes: {expected}, {got}',
        'Dimensions must be equal, but are {expected} and {got}',
        'Dimension {dimension} in both shapes must be equal, but are … Shapes are {expected} and {got}',
        'Dimension {dimension} in both shapes must be equal, but are {expected} and {got}',
        'Dimension {dimension} in both shapes must be equal: … = {expected} vs. … = {got}',
        'Dimensions of inputs should match: shape[0] = {expected} vs. shape[…] = {got}',
        'Shapes must be equal rank … {expected} and {got}',
      ],
      types: ['ValueError', 'InvalidArgumentError', 'InternalError', ''],
    },
    {
      patterns: [
        'Shapes {expected} and {got} are incompatible',
        'Shapes {expected} and {got} must have the same',
        'Shapes {expected} and {got} are not compatible',
        'The variable shape {expected}, and the assigned value shape {got} are incompatible',
        'The target variable and the assigned value shapes … {expected} … {got}',
        'weight shape {expected} is not compatible with provided weight shape {got}',
        'weight shape {expected} not compatible with provided weight shape {got}',
        'Shape of tensor … {got} is not compatible with expected shape {expected}',
        'Shapes of all inputs must match: values[0].shape = {expected} != values[…].shape = {got}',
        'Cannot batch tensors with different shapes in component … First element had shape {expected} and element … had shape {got}',
        'must have the same shape. Received: …shape={expected}, …shape={got}',
        'must have the same shape. Received … {expected} vs {got}',
        'must have the same shape',
        'logits and labels must be broadcastable: logits_size={expected} labels_size={got}',
        'logits and labels must have the same first dimension, got logits shape {expected} and labels shape {got}',
        'logits and labels must have the same',
        'The shape of labels (received {got}) should equal the shape of logits except for the last dimension (received {expected})',
        "Layer … was called with an input that isn't … shape {got} … {expected}",
      ],
    },
    {
      patterns: [
        'Input to reshape is a tensor with {got} values, but the requested shape has {expected}',
        'Input to reshape is a tensor with {got} values, but the requested shape requires a multiple of {expected}',
        'Cannot reshape a tensor with {got} elements to shape {expected}',
      ],
      metadata: {
        operation: 'Reshape',
      },
    },
    {
      patterns: [
        'input depth must be evenly divisible by filter depth: {got} vs {expected}',
        'Depth of input {got} is not a multiple of input depth of filter {expected}',
      ],
      metadata: {
        operation: 'Conv2D',
      },
    },
    {
      patterns: [
        'expected shape={expected}, found shape={got}',
        'expected axis {dimension} of input shape to have value {expected}, but received input with shape {got}',
        'expected axis {dimension} of input shape to have value {expected} but received input with shape {got}',
        'expected axis {dimension} of input shape to have value {expected} but got shape {got}',
        'to have shape {expected} but got array with shape {got}',
        'A target array with shape {got} was passed for an output of shape {expected}',
        'Cannot feed value of shape {got} for Tensor … which has shape {expected}',
        "Cannot feed value of shape {got} for Tensor … which has shape '{expected}'",
        'requires inputs with matching shapes except for the concatenation axis. Received: input_shape=[{expected}, {got}',
        'requires inputs with matching shapes except for the concat axis. Got inputs shapes: [{expected}, {got}',
        'Operands could not be broadcast together with shapes {expected} {got}',
        'Data cardinality is ambiguous',
      ],
    },
    {
      patterns:
        'Expected dimension {expected} at axis {dimension} of the input shaped … but got dimension {got}',
      metadata: {
        operation: 'einsum',
      },
    },
  ],
  'snakepit.error.device': [
    {
      patterns: [
        'was expected to be on {expected_device} but is actually on {actual_device}',
        'Tensors on conflicting devices: … on {expected_device} … on {actual_device}',
      ],
    },
  ],
  'snakepit.error.dtype_mismatch': [
    {
      patterns: [
        'was expected to be a {expected} tensor but is a {got} tensor',
        'has type {got} that does not match type {expected} of argument',
        'has type {got} that does not match expected type of {expected}',
        'Tensor conversion requested dtype {expected} for Tensor with dtype {got}',
        'Tensor conversion requested dtype {expected} for variable with dtype {got}',
        'has DataType {got} not in list of allowed values: {expected}',
        'of {got} is not in the list of allowed values: {expected}',
        'DataType {got} for attr … not in list of allowed values: {expected}',
        'it holds {got}, but desires to be {expected}',
        'Tensor dtype mismatch; expected {expected} got {got}',
      ],
    },
  ],
  'snakepit.error.dimension_error': [
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
  ],
};
