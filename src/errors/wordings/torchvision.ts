import type { LibraryWordings } from './library-wordings.js';

/** Wordings of torchvision. */
export const torchvision: LibraryWordings = {
  'snakepit.error.dimension_error': [
    {
      patterns:
        'Expected tensor to be a tensor image of size (C, H, W). Got tensor.size() = {got_dims:shape}',
      metadata: {
        expected_dims: 3,
      },
    },
  ],
};
