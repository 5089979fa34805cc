import type { LibraryWordings } from './library-wordings.js';

/** Wordings of scikit-learn. */
export const sklearn: LibraryWordings = {
  'snakepit.error.dimension_error': [
    {
      patterns: [
        'Expected {expected_dims}D array, got {got_dims}D array',
        'Expected {expected_dims}D array, got scalar array',
        'Found array with dim {got_dims}, while dim <= {expected_dims} is required',
        'Found array with dim {got_dims}. … expected <= {expected_dims}',
        'Found array with dim {got_dims}, expected {expected_dims}',
        'should be a {expected_dims}d array, got an array of shape {got_dims:shape}',
      ],
    },
  ],
};
