import type { LibraryWordings } from './library-wordings.js';

/** Wordings of PyTorch and transformers: shapes. */
export const torchShapes: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: [
        'mat1 and mat2 shapes cannot be multiplied {expected} and {got}',
        'mat1 dim 1 must match mat2 dim 0',
        'size mismatch, m1: {expected}, m2: {got}',
        'size mismatch, got … mat {expected}, vec {got}',
      ],
      metadata: {
        operation: 'matmul',
      },
    },
    {
      patterns: [
        'batch2 tensor to be: {expected} but got: {got}',
        'batch1 and batch2 must have same number of batches, got {expected} and {got}',
        'Expected tensor to have size {expected} at dimension {dimension}, but got size {got} for argument #2',
      ],
      metadata: {
        operation: 'bmm',
      },
    },
    {
      patterns: [
        'size of tensor a {expected} must match the size of tensor b {got} at non-singleton dimension {dimension}',
        'inconsistent tensor size, expected tensor {expected} and src {got} to have the same number of elements',
        'inconsistent tensor size, expected {expected} … but got {got}',
        'inconsistent tensor sizes at … {expected} … {got}',
      ],
    },
    {
      patterns: [
        'Sizes of tensors must match except in dimension … Expected size {expected} but got size {got}',
        'Sizes of tensors must match except in dimension … Got {expected} and {got} in dimension {dimension}',
        'Sizes of tensors must match except in dimension',
      ],
      metadata: {
        operation: 'cat',
      },
    },
    {
      patterns:
        'stack expects each tensor to be equal size, but got {expected} at entry 0 and {got} at entry',
      metadata: {
        operation: 'stack',
      },
    },
    {
      patterns: [
        'Target sizes: {expected}. Tensor sizes: {got}',
        'Target sizes: {expected} Tensor sizes: {got}',
        'expanded size of the tensor {expected} must match the existing size {got} at non-singleton dimension {dimension}',
      ],
      metadata: {
        operation: 'expand',
      },
    },
    {
      patterns: [
        "shape '{expected}' is invalid for input of size {got}",
        'cannot reshape tensor of {got} elements into shape {expected}',
        "shape '{expected}' is invalid for input with {got} elements",
        'size {expected} is invalid for input with {got} elements',
        'size {expected} is invalid for input of with {got} elements',
      ],
      metadata: {
        operation: 'reshape',
      },
    },
    {
      patterns: 'to have {expected} channels, but got {got} channels',
      metadata: {
        operation: 'conv',
      },
    },
    {
      patterns: 'running_mean should contain {expected} elements not {got}',
      metadata: {
        operation: 'batch_norm',
      },
    },
    {
      patterns: 'weight should contain {expected} elements not {got}',
      metadata: {
        operation: 'batch_norm',
      },
    },
    {
      patterns: 'expected input with shape {expected}, but got input of size{got}',
      metadata: {
        operation: 'layer_norm',
      },
    },
    {
      patterns: 'but got weight of shape {expected} and input of shape {got}',
      metadata: {
        operation: 'norm',
      },
    },
    {
      patterns: [
        'must be equal to input_size. Expected {expected}, got {got}',
        'Expected hidden[0] size {expected}, got {got}',
        'Expected hidden[1] size {expected}, got {got}',
        'Expected hidden size {expected}, got {got}',
        'Expected batch size {expected}, got {got}',
        'input has inconsistent input_size: got {got}, expected {expected}',
        "Input batch size {got} doesn't match hidden{expected}",
      ],
      metadata: {
        operation: 'rnn',
      },
    },
    {
      patterns: [
        'Target size {got} must be the same as input size {expected}',
        'Using a target size {got} that is different to the input size {expected}',
        'Expected input batch_size {got} to match target batch_size {expected}',
        'input and target shapes do not match: input {expected}, target {got}',
        'size mismatch (got input: {expected}, target: {got}',
      ],
      metadata: {
        operation: 'loss',
      },
    },
    {
      patterns: [
        'copying a param with shape {got} from checkpoint, the shape in current model is {expected}',
        'copying a param with shape {got} from checkpoint, where the shape is {expected} in current model',
        'copying a param of {expected} from checkpoint, where the shape is {got} in current model',
        'While copying the parameter … dimensions in the model are {expected} and whose dimensions in the checkpoint are {got}',
        'Attempted to load weight {got} into parameter {expected}',
        'weight shape mismatch: parameter has {expected}, checkpoint has {got}',
        'Trying to set a tensor of shape {got} in … (which has shape {expected})',
      ],
      metadata: {
        operation: 'load_state_dict',
      },
    },
    {
      patterns: [
        'shape mismatch: value tensor of shape {got} cannot be broadcast to indexing result of shape {expected}',
        'shape mismatch: value array of shape {got} could not be broadcast to indexing result of shape {expected}',
        'shape of the mask {got} at index … does not match the shape of the indexed tensor {expected}',
        'shape mismatch: indexing tensors could not be broadcast together with shapes {expected}, {got}',
        'shape mismatch: indexing arrays could not be broadcast together with shapes {expected} {got}',
        'shape mismatch: objects cannot be broadcast to a single shape. Mismatch is between arg 0 with shape {expected} and arg 1 with shape {got}',
        'shape mismatch: objects cannot be broadcast to a single shape',
      ],
      metadata: {
        operation: 'index',
      },
    },
    {
      patterns:
        'Size does not match at dimension {dimension} expected index {got} to be … than self {expected}',
      metadata: {
        operation: 'gather',
      },
    },
    {
      patterns: [
        'has size {got} for operand … which does not broadcast with previously seen size {expected}',
        'Size of label … for operand … {got} does not match previous terms {expected}',
        'einsum(): operands do not broadcast with remapped shapes',
      ],
      metadata: {
        operation: 'einsum',
      },
    },
    {
      patterns: 'X1 and X2 must have the same number of columns. X1: {expected} X2: {got}',
      metadata: {
        operation: 'cdist',
      },
    },
    {
      patterns: [
        'Incompatible shapes for attention inputs: query.shape: {expected} key.shape : {got}',
        'Incompatible shapes for attention inputs',
        'was expecting embedding dimension of {expected}, but got {got}',
        'The shape of the … attn_mask is {got}, but should be {expected}',
        'Attention mask should be of size {expected}, but is {got}',
        'Attention weights should be of size {expected}, but is {got}',
        '`attn_output` should be of size {expected}, but is {got}',
      ],
      metadata: {
        operation: 'attention',
      },
    },
    {
      patterns: 'input batch dimensions do not match at dim {dimension}: got {expected} and {got}',
    },
    {
      patterns: "Kernel size can't be greater than actual input size",
      metadata: {
        operation: 'conv',
      },
    },
    {
      patterns: 'expects split_sizes to sum exactly to {expected}',
      metadata: {
        operation: 'split',
      },
    },
    {
      patterns: "output with shape {expected} doesn't match the broadcast shape {got}",
    },
    {
      patterns: 'Expected ….size(…) == ….size(…) to be true, but got false',
    },
    {
      patterns: 'expected sequence of length {expected} at dim {dimension} (got {got})',
    },
    {
      patterns: 'Image features and image tokens do not match: tokens: {expected}, features {got}',
    },
  ],
};
