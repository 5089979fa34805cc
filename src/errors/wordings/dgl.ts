import type { LibraryWordings } from './library-wordings.js';

/** Wordings of DGL. */
export const dgl: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: 'Expect number of features to match number of … Got {got} and {expected} instead',
    },
  ],
};
