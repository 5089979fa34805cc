// Loads, runs and releases a model, inside and outside of a request. Prints the spans and the events.
const { writeFileSync } = require('node:fs');
const { trace } = require('@opentelemetry/api');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const bytes = require('./model.cjs');
const { CALLS, record } = require('./recording.cjs');

const recording = record(
  [...CALLS, 'snakepit.model.released'],
  ({ name, measurements, metadata: { reason, ...metadata } }) => ({ name, ...measurements, ...metadata }),
);
const take = () => recording.take(({ status }) => ({ failed: status.code === 2 }));

const inRequest = (name, work) =>
  trace.getTracer('host').startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });

exports.run = async (load) => {
  const calls = [];
  const instrumentation = new SnakepitInstrumentation();
  const { InferenceSession, Tensor } = await load();
  const floats = (...sizes) =>
    new Tensor('float32', new Float32Array(sizes.reduce((product, size) => product * size, 1)), sizes);
  const feeds = { a: floats(2, 3), b: floats(3, 4) };
  const results = {};
  writeFileSync('multiply.onnx', bytes);

  await inRequest('request', async () => {
    const session = await InferenceSession.create('multiply.onnx', {
      executionProviders: ['coreml', { name: 'cpu' }],
    });
    await session.run(feeds);
    await session.run({ ...feeds, a: floats(6) }).catch(() => {});
    await session.release();
    await InferenceSession.create('none.onnx').catch(() => {});
  });
  results.inRequest = take();

  const session = await InferenceSession.create(bytes);
  const requests = ['one', 'two', 'three'];
  await Promise.all(requests.map((name) => inRequest(name, () => session.run(feeds))));
  results.concurrent = take();
  await session.run(feeds);
  results.outside = take();

  const reconfigure = (onnxruntime, more) => {
    instrumentation.disable();
    instrumentation.setConfig({ ...more, instrumentations: { onnxruntime } });
    instrumentation.enable();
  };
  reconfigure({
    requireParentSpan: false,
    nameOf: () => 'multiplication',
    startHook: (span, { model, inputs }) => span.setAttribute('start', `${model} ${inputs}`),
    endHook: (_span, { model }, result, error) => {
      calls.push([model, Object.keys(result ?? {}), error?.constructor.name]);
      throw new Error('of the host');
    },
  });
  const named = await InferenceSession.create(bytes.buffer);
  await named.run(feeds);
  await named.run({}).catch(() => {});
  results.hooks = { ...take(), calls };

  reconfigure(
    {
      requireParentSpan: false,
      startHook: (span, { inputs }) => span.setAttribute('inputs', Object.keys(inputs ?? {})),
    },
    { includeSensitive: true },
  );
  await session.run(feeds);
  results.sensitive = take();

  reconfigure({ requireParentSpan: false, ignore: ({ model }) => model === 'multiplication' });
  await named.run(feeds);
  results.ignored = take();

  const patched = InferenceSession.prototype.run;
  reconfigure({ enabled: false });
  await inRequest('request', () => session.run(feeds));
  results.disabled = { ...take(), isRestored: InferenceSession.prototype.run !== patched };
  console.log(JSON.stringify(results));
};
