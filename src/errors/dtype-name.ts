/** NumPy's names of data types by the names that frameworks use. */
const NAMES: Readonly<Record<string, string>> = {
  half: 'float16',
  mlfloat16: 'float16',
  float: 'float32',
  f: 'float32',
  double: 'float64',
  d: 'float64',
  byte: 'uint8',
  char: 'int8',
  short: 'int16',
  int: 'int32',
  i: 'int32',
  long: 'int64',
  l: 'int64',
  longlong: 'int64',
  complexfloat: 'complex64',
  complexdouble: 'complex128',
  boolean: 'bool',
  fp16: 'float16',
  fp32: 'float32',
  fp64: 'float64',
  bf16: 'bfloat16',
  f16: 'float16',
  f32: 'float32',
  f64: 'float64',
  i8: 'int8',
  i16: 'int16',
  i32: 'int32',
  i64: 'int64',
  u8: 'uint8',
  'unsigned char': 'uint8',
  'signed char': 'int8',
};

/** Returns the name of a data type: `torch.cuda.HalfTensor`, `c10::Half` and `Half` → `float16`; unknown names in lower case. */
export function dtypeName(text: string): string {
  const name = (text.split(/[.:]/).at(-1) ?? text)
    // C++ types as onnxruntime prints them: N11onnxruntime17PrimitiveDataTypeIlEE, onnxruntime::PrimitiveDataType<double>
    .replace(/^PrimitiveDataType<(\w+)>?$/, '$1')
    .replace(/^N11onnxruntime17PrimitiveDataTypeI(?:NS_\d)?(\w+?)E{2,3}$/, '$1')
    .toLowerCase()
    .replace(/^dt_/, '')
    .replace(/^(?:cpu|cuda|mps|xpu|hip)?(\w+?)(?:tensor|type)$/, '$1');
  return NAMES[name] ?? name;
}
