const { floats, model, node } = require('./onnx.cjs');

/** c = a × b. */
const multiplication = (a, b, c) =>
  model({
    name: 'multiplication',
    nodes: [node('MatMul', ['a', 'b'], ['c'])],
    inputs: [floats('a', ...a), floats('b', ...b)],
    outputs: [floats('c', ...c)],
  });

/** A model where a is 2 by 3, and the function that makes models of other sizes. */
module.exports = Object.assign(multiplication([2, 3], ['rows', 'columns'], [2, 'columns']), {
  multiplication,
});
