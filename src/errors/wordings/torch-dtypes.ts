import type { LibraryWordings } from './library-wordings.js';

/** Wordings of PyTorch and transformers: data types. */
export const torchDtypes: LibraryWordings = {
  'snakepit.error.dtype_mismatch': [
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
        'expected floating point type for target with class probabilities, got {got}',
        'source and destination dtypes match, got {expected} for the destination and {got} for the source',
        'Input type {got} and bias type {expected} should be the same',
        'Input type {got} and weight type {expected} should be the same',
        'expected condition to be a boolean tensor, but got a tensor with dtype {got}',
        'Expected dtype {expected} for index',
        'tensors used as indices must be',
      ],
    },
    {
      patterns: [
        'supports boolean masks, but got mask with dtype {got}',
        'supports boolean masks, but got dtype {got}',
      ],
      metadata: {
        expected: 'bool',
      },
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
        'must have same dtype: got {expected} and {got}',
        'dtype mismatch: expected {expected}, got {got}',
        'dtype mismatch: {expected} vs {got}',
      ],
    },
  ],
};
