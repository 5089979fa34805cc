import type { LibraryWordings } from './library-wordings.js';

/** Wordings of onnxruntime. */
export const onnxruntime: LibraryWordings = {
  'snakepit.error.shape_mismatch': [
    {
      patterns: [
        'Got invalid dimensions for input: … index: {dimension} Got: {got} Expected: {expected}',
        'Attempting to broadcast an axis by a dimension other than 1. {expected} by {got}',
        'Axis {dimension} has mismatched dimensions of {got} and {expected}',
        'Dimension mismatch, W: {expected} K: {got}',
        'operand cannot broadcast on dim {dimension} LeftShape: {expected}, RightShape: {got}',
        'dimension have values but they differ. Inferred={got} Declared={expected} Dimension={dimension}',
        'ShapeInferenceError] Incompatible dimensions',
        'the input tensor cannot be reshaped to the requested shape. Input shape:{got}, requested shape:{expected}',
      ],
    },
  ],
  'snakepit.error.dtype_mismatch': [
    {
      patterns: [
        'Unexpected input data type. Actual: {got} , expected: {expected}',
        'Unexpected input data type. Actual: {got}, expected: {expected}',
        'Unexpected input data type.Actual: {got} , expected: {expected}',
        'Type parameter … bound to different types {expected} and {got}',
      ],
    },
  ],
  'snakepit.error.dimension_error': [
    {
      patterns: 'Invalid rank for input: … Got: {got_dims} Expected: {expected_dims}',
    },
    {
      patterns: 'inferred and declared dimensions. inferred={got_dims} declared={expected_dims}',
    },
    {
      patterns: 'Invalid rank for output: … Got: {got_dims} Expected: {expected_dims}',
    },
    {
      patterns: 'A shape tensor must be a vector tensor',
      metadata: {
        expected_dims: 1,
      },
    },
  ],
};
