const { floats, model, node } = require('./onnx.cjs');

/** c = a × b, where a is 2 by 3. */
module.exports = model({
  name: 'multiplication',
  nodes: [node('MatMul', ['a', 'b'], ['c'])],
  inputs: [floats('a', 2, 3), floats('b', 'rows', 'columns')],
  outputs: [floats('c', 2, 'columns')],
});
