import type { Saying } from '../python-error-matcher.js';

/** What Paddle and MXNet say of shapes that disagree. */
export const paddleShapes: readonly Saying[] = [
  {
    says: [
      'broadcast together with the shape of X = {expected} and the shape of Y = {got}',
      'Broadcast dimension mismatch',
    ],
    metadata: { operation: 'broadcast' },
  },
  {
    says: 'Shape of Tensors are not consistent with target, eshape: {got} dshape:{expected}',
  },
];
