import type { LibraryWordings } from './library-wordings.js';

/** Wordings of MLX. */
export const mlx: LibraryWordings = {
  'snakepit.error.dimension_error': [
    {
      patterns: [
        'Invalid axes … array with {got_dims} dimensions',
        'Invalid axis … array with {got_dims} dimensions',
      ],
    },
  ],
  'snakepit.error.shape_mismatch': [
    {
      patterns: 'Shapes {expected} and {got} cannot be broadcast',
      metadata: {
        operation: 'broadcast',
      },
    },
  ],
};
