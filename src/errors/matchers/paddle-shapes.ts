import type { MessagePattern } from '../python-error-matcher.js';

/** Shape mismatch messages of Paddle and MXNet. */
export const paddleShapes: readonly MessagePattern[] = [
  {
    patterns: [
      'broadcast together with the shape of X = {expected} and the shape of Y = {got}',
      'Broadcast dimension mismatch',
    ],
    metadata: { operation: 'broadcast' },
  },
  {
    patterns: 'Shape of Tensors are not consistent with target, eshape: {got} dshape:{expected}',
  },
];
