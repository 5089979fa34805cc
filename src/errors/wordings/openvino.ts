import type { LibraryWordings } from './library-wordings.js';

/** Wordings of OpenVINO. */
export const openvino: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: 'model input (shape={expected}) and the tensor (shape={got}) are incompatible',
    },
    {
      patterns: "Tensor's size({got}) does not match data length({expected})",
    },
  ],
};
