// A task of the pool: runs the model, and a Python program on its output.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { InferenceSession, Tensor } = require('onnxruntime-node');
const { watchChildProcess } = require('opentelemetry-instrumentation-snakepit');

const columns = 2;
let session;

module.exports = async (values) => {
  session ??= InferenceSession.create(join(__dirname, 'classifier.onnx'));
  const { c: scores } = await (await session).run({
    a: new Tensor('float32', Float32Array.from(values), [2, 3]),
    b: new Tensor('float32', new Float32Array(3 * columns).fill(1), [3, columns]),
  });
  return await postprocess(scores.data);
};

async function postprocess(scores) {
  const child = spawn('python3', [join(__dirname, 'postprocess.py')]);
  watchChildProcess(child);
  child.stderr.resume();
  let label = '';
  child.stdout.on('data', (chunk) => {
    label += chunk;
  });
  child.stdin.end(JSON.stringify([...scores]));
  await once(child, 'close');
  return label.trim();
}
