// Runs a model with what all supported versions have, plain and instrumented. Prints the outcomes of the host, the spans and the events.
const { trace } = require('@opentelemetry/api');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { attachMany, SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const model = require('./model.cjs');

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const events = [];
const names = ['start', 'stop', 'exception'].flatMap((end) => [`inference.${end}`, `model.load.${end}`]);
attachMany(
  'test',
  names.map((name) => `snakepit.${name}`),
  ({ name }) => events.push(name),
);

const instrumentation = new SnakepitInstrumentation({ enabled: false });
const { InferenceSession, Tensor } = require('onnxruntime-node');
const floats = (...sizes) =>
  new Tensor('float32', new Float32Array(sizes.reduce((product, size) => product * size, 1)).fill(1), sizes);

async function useModel() {
  const session = await InferenceSession.create(model);
  const right = { a: floats(2, 3), b: floats(3, 4) };
  const { c } = await session.run(right);
  const failed = await session.run({ ...right, a: floats(6) }).catch((error) => error.message);
  return { values: Array.from(c.data), sizes: c.dims, failed };
}
const method = () => Object.getOwnPropertyDescriptor(InferenceSession.prototype, 'run').value;
const inRequest = () =>
  trace.getTracer('host').startActiveSpan('request', (span) => useModel().finally(() => span.end()));

(async () => {
  const original = method();
  const plain = await inRequest();
  exporter.reset();
  instrumentation.enable();
  const isPatched = method() !== original;
  const instrumented = await inRequest();
  instrumentation.disable();
  const spans = exporter.getFinishedSpans().map(({ name, attributes, status, parentSpanContext }) => ({
    name,
    attributes,
    failed: status.code === 2,
    isRoot: parentSpanContext === undefined,
  }));
  const isRestored = method() === original;
  console.log(JSON.stringify({ plain, instrumented, isPatched, isRestored, spans, events }));
})();
