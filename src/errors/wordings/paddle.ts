import type { LibraryWordings } from './library-wordings.js';

/** Wordings of Paddle and MXNet. */
export const paddle: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: [
        'broadcast together with the shape of X = {expected} and the shape of Y = {got}',
        'Broadcast dimension mismatch',
      ],
      metadata: {
        operation: 'broadcast',
      },
    },
    {
      patterns: 'Shape of Tensors are not consistent with target, eshape: {got} dshape:{expected}',
    },
  ],
};
