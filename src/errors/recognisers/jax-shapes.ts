import type { Saying } from '../recogniser.js';

/** What JAX says of shapes that disagree. */
export const jaxShapes: readonly Saying[] = [
  {
    says: [
      '{operation} requires contracting dimensions to have the same shape, got {expected} and {got}',
      '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape, got {expected} and {got}',
      '{operation} requires lhs batch dimensions and rhs batch dimensions to have the same shape',
      '{operation} requires arguments to have … shapes, got {expected}, {got}',
      '{operation} lhs feature dimension size divided by … but {got} // … != {expected}',
      '{operation} got inconsistent sizes for array axes to be mapped: … size {expected}: … size {got}:',
      '{operation} got inconsistent sizes for array axes to be mapped',
      'dimension_numbers must be specified … got lhs_shape={expected} rhs_shape={got}',
      'Cannot infer shape for {operation} operation: … Contracting dimension sizes do not match',
      'must have equal shapes, got {expected} and {got}',
    ],
  },
];
