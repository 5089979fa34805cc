import type { LibraryWordings } from './library-wordings.js';

/** Wordings of JAX and Flax. */
export const jax: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: [
        '{operation} requires contracting dimensions to have the same shape, got {expected} and {got}',
        '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape, got {expected} and {got}',
        '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape',
        '{operation} requires arguments to have … shapes, got {expected}, {got}',
        '{operation} lhs feature dimension size divided by … but {got} // … != {expected}',
        '{operation} total size must be unchanged, got new_sizes {expected} for shape {got}',
        '{operation} got inconsistent sizes for array axes to be mapped: … size {expected}: … size {got}:',
        '{operation} got inconsistent sizes for array axes to be mapped',
        'got inconsistent map dimension sizes',
        'and init must all have the same shape',
        'dimension_numbers must be specified … got lhs_shape={expected} rhs_shape={got}',
        'Cannot infer shape for {operation} operation: … Contracting dimension sizes do not match',
        'must have equal shapes, got {expected} and {got}',
        'Inconsistent shapes between value and initializer for parameter … in …: {got}, {expected}',
        'Initializer expected to generate shape {expected} but got shape {got}',
      ],
    },
  ],
  'snakepit.error.device': [
    {
      patterns: [
        'Received incompatible devices … on platform {expected_device} and … on platform {actual_device}',
        'colocated on the same device, got {expected_device}Device(…), {actual_device}Device(',
      ],
    },
    {
      patterns:
        'executable is built for device {expected_device} of type … cannot run it on device {actual_device}',
    },
    {
      patterns: ['Received incompatible devices for', 'must be colocated on the same device'],
    },
  ],
  'snakepit.error.dtype_mismatch': [
    {
      patterns: [
        'has type {expected}[…] but the corresponding output carry component has type {got}[…], so the dtypes do not match',
        'requires real- or complex-valued inputs … but got {got}.',
        'requires real-valued inputs … but got {got}.',
      ],
    },
  ],
  'snakepit.error.dimension_error': [
    {
      patterns: [
        'Too many indices: array is {got_dims}-dimensional, but {expected_dims} were indexed',
        'must have the same number of dimensions, but got {expected_dims:shape} and {got_dims:shape}',
        'different numbers of dimensions: got {expected_dims:shape}, {got_dims:shape}',
        'arrays with different ranks, got {expected_dims}, {got_dims}',
        'arrays of different rank: {expected_dims:shape} and {got_dims:shape}',
      ],
    },
  ],
};
