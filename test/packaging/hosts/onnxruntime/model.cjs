// An ONNX model, encoded field by field as onnx.proto numbers them: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const number = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [...varint((field << 3) | 2), ...varint(content.length), ...content];
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...fields) => bytes(field, fields.flat());

const FLOAT = 1;
/** ValueInfoProto: a tensor of floats, of sizes that are fixed or have a name. */
const tensor = (field, name, sizes) => {
  const dimension = (size) => message(1, typeof size === 'number' ? number(1, size) : text(2, size));
  return message(
    field,
    text(1, name),
    message(2, message(1, number(1, FLOAT), message(2, ...sizes.map(dimension)))),
  );
};

/** ModelProto: c = a × b. */
const multiplication = (a, b, c) =>
  Uint8Array.from([
    ...number(1, 8), // ir_version
    ...message(8, number(2, 13)), // opset_import
    ...message(
      7, // graph
      message(1, text(1, 'a'), text(1, 'b'), text(2, 'c'), text(4, 'MatMul')),
      text(2, 'multiplication'),
      tensor(11, 'a', a),
      tensor(11, 'b', b),
      tensor(12, 'c', c),
    ),
  ]);

/** A model where a is 2 by 3, and the function that makes models of other sizes. */
module.exports = Object.assign(multiplication([2, 3], ['rows', 'columns'], [2, 'columns']), {
  multiplication,
});
