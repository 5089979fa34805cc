import type { MessagePattern } from '../python-error-matcher.js';

/** Shape mismatch messages of JAX and Flax. */
export const jaxShapes: readonly MessagePattern[] = [
  {
    patterns: [
      '{operation} requires contracting dimensions to have the same shape, got {expected} and {got}',
      '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape, got {expected} and {got}',
      '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape',
      '{operation} requires arguments to have … shapes, got {expected}, {got}',
      '{operation} lhs feature dimension size divided by … but {got} // … != {expected}',
      '{operation} total size must be unchanged, got new_sizes {expected} for shape {got}',
      'cannot select an axis to squeeze out which has size not equal to one',
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
];
