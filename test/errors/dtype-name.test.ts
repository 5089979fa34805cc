import { expect, test } from 'vitest';
import { dtypeName } from '../../src/errors/dtype-name.js';

test.each([
  ['Half', 'float16'],
  ['c10::Half', 'float16'],
  ['torch.cuda.HalfTensor', 'float16'],
  ['float', 'float32'],
  ['torch.float32', 'float32'],
  ['Double', 'float64'],
  ['c10::BFloat16', 'bfloat16'],
  ['Long', 'int64'],
  ['CPUBoolType', 'bool'],
  ['Float8_e4m3fn', 'float8_e4m3fn'],
  ['N11onnxruntime17PrimitiveDataTypeIlEE', 'int64'],
  ['N11onnxruntime17PrimitiveDataTypeINS_9MLFloat16EEE', 'float16'],
  ['onnxruntime::PrimitiveDataType<double>', 'float64'],
  ['uint8', 'uint8'],
])('%s is %s', (text, dtype) => {
  expect(dtypeName(text)).toBe(dtype);
});
