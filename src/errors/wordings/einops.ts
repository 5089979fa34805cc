import type { LibraryWordings } from './library-wordings.js';

/** Wordings of einops. */
export const einops: LibraryWordings = {
  'snakepit.error.dimension_error': [
    {
      patterns: 'Expected {expected_dims} dimensions, got {got_dims}',
    },
  ],
  'snakepit.error.shape_mismatch': [
    {
      patterns: 'shape mismatch: {expected} vs {got}',
    },
    {
      patterns: "Shape mismatch, can't divide axis of length {got} in chunks of {expected}",
    },
    {
      patterns: 'Shape mismatch, {got} != {expected}',
    },
  ],
};
