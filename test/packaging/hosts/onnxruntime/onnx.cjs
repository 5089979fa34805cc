// Encodes ONNX models field by field, as onnx.proto numbers them: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const number = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [...varint((field << 3) | 2), ...varint(content.length), ...content];
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...fields) => bytes(field, fields.flat());

const TYPES = { float: 1, int64: 7 };

/** ValueInfoProto: a tensor, of sizes that are fixed or have a name. */
const tensor =
  (type) =>
  (name, ...sizes) => {
    const dimension = (size) => message(1, typeof size === 'number' ? number(1, size) : text(2, size));
    return [
      text(1, name),
      message(2, message(1, number(1, TYPES[type]), message(2, ...sizes.map(dimension)))),
    ];
  };
exports.floats = tensor('float');
exports.integers = tensor('int64');

/** TensorProto: constant floats. */
exports.constant = (name, sizes, values) => [
  ...sizes.flatMap((size) => number(1, size)),
  number(2, TYPES.float),
  text(8, name),
  bytes(9, Buffer.from(Float32Array.from(values).buffer)),
];

/** NodeProto. @param attributes lists of integers, or an integer */
exports.node = (operator, inputs, outputs, attributes = {}) => [
  ...inputs.map((name) => text(1, name)),
  ...outputs.map((name) => text(2, name)),
  text(4, operator),
  ...Object.entries(attributes).map(([name, value]) =>
    Array.isArray(value)
      ? message(5, text(1, name), ...value.map((each) => number(8, each)), number(20, 7))
      : message(5, text(1, name), number(3, value), number(20, 2)),
  ),
];

/** ModelProto. */
exports.model = ({ name, nodes, constants = [], inputs, outputs }) =>
  Uint8Array.from([
    ...number(1, 8), // ir_version
    ...message(8, number(2, 13)), // opset_import
    ...message(
      7, // graph
      ...nodes.map((each) => message(1, ...each)),
      text(2, name),
      ...constants.map((each) => message(5, ...each)),
      ...inputs.map((each) => message(11, ...each)),
      ...outputs.map((each) => message(12, ...each)),
    ),
  ]);
