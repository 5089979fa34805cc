import { pythonErrorMatcher } from '../python-error-matcher.js';

/** If neither operand is a reference for the other, `expected` is the one named first. */
export const dtypeMismatch = pythonErrorMatcher('snakepit.error.dtype_mismatch', [
  // PyTorch
  {
    patterns: [
      'Expected attn_mask dtype … but got attn_mask.dtype: {got} and query.dtype: {expected}',
      'expected scalar type {expected} but found {got}',
      'Expected object of scalar type {expected} but got scalar type {got}',
      'Expected object of data type {expected} but got data type {got}',
      'expected {expected} tensor (got {got} tensor)',
      'Expected object of type torch.{expected} but found type torch.{got}',
      'Expected type torch.{expected} but got torch.{got}',
      'Expected type torch.{expected} but got type torch.{got}',
      'Expected object of type Variable[torch.{expected}] but found type Variable[torch.{got}]',
      'Found dtype {got} but expected {expected}',
      'Expected dtype {expected} but got dtype {got}',
      'expected dtype {expected} for … but got dtype {got}',
      'expected … dtype to be {expected} or … but got {got}',
      'expected … dtype to be {expected}, but got {got}',
      'but got query.dtype: {expected}, key.dtype: {got}',
      'but got query.dtype: {expected} key.dtype: {got}',
      "result type {got} can't be cast to the desired output type {expected}",
      'the following scalar types: {expected}, … but got {got} instead',
      'to have scalar type {expected}; but got {got} instead',
      'input dtype must be either a floating point or complex dtype. Got: {got}',
      'input dtype should be either floating point or complex dtypes. Got {got}',
      'Only Tensors of floating point and complex dtype can require gradients',
      'Only Tensors of floating point dtype can require gradients',
      'expected floating point type for target with class probabilities, got {got}',
      'source and destination dtypes match, got {expected} for the destination and {got} for the source',
      'Input type {got} and bias type {expected} should be the same',
      'Input type {got} and weight type {expected} should be the same',
      'expected condition to be a boolean tensor, but got a tensor with dtype {got}',
      'Expected dtype {expected} for index',
      'tensors used as indices must be',
      'expected BoolTensor or ByteTensor for mask',
      'FlashAttention only support fp16 and bf16 data type',
      'output tensor must have the same type as input tensor',
    ],
  },
  {
    patterns: [
      'supports boolean masks, but got mask with dtype {got}',
      'supports boolean masks, but got dtype {got}',
    ],
    metadata: { expected: 'bool' },
  },
  {
    patterns: [
      'must have the same dtype, but got {expected} and {got}',
      'to have the same dtype, but got: {expected} != {got}',
      'to have the same dtype, but got: {expected}!= {got}',
      'to have the same dtype, but got {expected} and {got}',
      'to have same dtype, but found {expected} and {got}',
      'must have the same dtype, got {expected} and {got}',
      'requires arguments to have the same dtypes, got {expected}, {got}',
      'must have the same dtype',
      'must have same dtype: got {expected} and {got}',
      'must have same dtype',
      'have the same dtype',
      '.dtype to be equal to',
      'dtype mismatch: expected {expected}, got {got}',
      'dtype mismatch: {expected} vs {got}',
    ],
  },

  // TensorFlow
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

  // JAX
  {
    patterns: [
      'has type {expected}[…] but the corresponding output carry component has type {got}[…], so the dtypes do not match',
      'requires real- or complex-valued inputs … but got {got}.',
      'requires real-valued inputs … but got {got}.',
      'output and input must have identical types',
      'dtypes do not match',
    ],
  },

  // onnxruntime
  {
    patterns: [
      'Unexpected input data type. Actual: {got} , expected: {expected}',
      'Unexpected input data type. Actual: {got}, expected: {expected}',
      'Unexpected input data type.Actual: {got} , expected: {expected}',
      'Unexpected input data type',
      'Type parameter … bound to different types {expected} and {got}',
    ],
  },

  // NumPy
  {
    patterns: [
      'output from {got} to {expected} with casting rule',
      'from {got} to {expected} with casting rule',
      'Cannot cast array data from {got} to {expected} according to the rule',
      'not supported for the input types, and the inputs could not be safely coerced',
      'contain a loop with signature matching types ({expected}, {got})',
      'Buffer dtype mismatch, expected {expected} but got {got}',
    ],
  },
]);
