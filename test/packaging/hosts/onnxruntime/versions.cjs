// Runs a model with what all supported versions have, plain and instrumented, and random programs. Prints the outcomes of the host, the spans and the events.
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

/** Runs a random program: concurrent and consecutive runs, correct and incorrect. Returns the outcomes in their order. */
async function runProgram(seed) {
  let state = seed;
  const random = (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
  const session = await InferenceSession.create(model);
  const right = { a: floats(2, 3), b: floats(3, 4) };
  const runs = [
    () => session.run(right),
    () => session.run({ ...right, b: floats(3, 1 + random(5)) }),
    () => session.run({ ...right, a: floats(6) }),
    () => session.run({ ...right, a: new Tensor('float64', new Float64Array(6), [2, 3]) }),
    () => session.run({ a: right.a }),
    () => session.run(right, ['d']),
    () => session.run(1),
    () => session.run(right, { c: null }),
  ];
  const outcomes = [];
  const pending = [];
  for (let i = 0; i < 60; i++) {
    const kind = random(runs.length);
    const outcome = runs[kind]().then(
      ({ c }) => outcomes.push([i, kind, c.dims, Array.from(c.data)]),
      (error) => outcomes.push([i, kind, error.constructor.name, error.message]),
    );
    pending.push(outcome);
    if (random(3) === 0) await outcome;
  }
  await Promise.all(pending);
  return outcomes;
}
const method = () => Object.getOwnPropertyDescriptor(InferenceSession.prototype, 'run').value;
const inRequest = () =>
  trace.getTracer('host').startActiveSpan('request', (span) => useModel().finally(() => span.end()));

(async () => {
  const original = method();
  const plain = await inRequest();
  const seeds = [1, 2, 3];
  const plainPrograms = [];
  for (const seed of seeds) plainPrograms.push(await runProgram(seed));
  exporter.reset();
  instrumentation.enable();
  const isPatched = method() !== original;
  const instrumented = await inRequest();
  const recorded = events.splice(0);
  const programs = [];
  for (const seed of seeds) programs.push(await runProgram(seed));
  instrumentation.disable();
  const spans = exporter.getFinishedSpans().map(({ name, attributes, status, parentSpanContext }) => ({
    name,
    attributes,
    failed: status.code === 2,
    isRoot: parentSpanContext === undefined,
  }));
  const isRestored = method() === original;
  console.log(
    JSON.stringify({
      plain: { ...plain, programs: plainPrograms },
      instrumented: { ...instrumented, programs },
      isPatched,
      isRestored,
      spans,
      events: recorded,
    }),
  );
})();
