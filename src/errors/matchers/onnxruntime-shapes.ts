import type { MessagePattern } from '../python-error-matcher.js';

/** Shape mismatch messages of onnxruntime. */
export const onnxruntimeShapes: readonly MessagePattern[] = [
  {
    patterns: [
      'Got invalid dimensions for input: … index: {dimension} Got: {got} Expected: {expected}',
      'Got invalid dimensions for input',
      'Got invalid dimensions for output',
      'Attempting to broadcast an axis by a dimension other than 1. {expected} by {got}',
      'Axis {dimension} has mismatched dimensions of {got} and {expected}',
      'Dimension mismatch, W: {expected} K: {got}',
      'GEMM: Dimension mismatch',
      'MatMul dimension mismatch',
      'operand cannot broadcast on dim {dimension} LeftShape: {expected}, RightShape: {got}',
      'left operand cannot broadcast on dim',
      'right operand cannot broadcast on dim',
      'dimension have values but they differ. Inferred={got} Declared={expected} Dimension={dimension}',
      'ShapeInferenceError] Incompatible dimensions',
      'Incompatible dimensions for matrix multiplication',
      'the input tensor cannot be reshaped to the requested shape. Input shape:{got}, requested shape:{expected}',
    ],
  },
];
