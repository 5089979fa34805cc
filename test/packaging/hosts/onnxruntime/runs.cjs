// Loads, runs and releases a model, inside and outside of a request. Prints the spans and the events.
const { writeFileSync } = require('node:fs');
const { trace } = require('@opentelemetry/api');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { attachMany, SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const bytes = require('./model.cjs');

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const events = [];
const names = ['inference', 'model.load'].flatMap((name) =>
  ['start', 'stop', 'exception'].map((end) => `${name}.${end}`),
);
attachMany(
  'test',
  [...names, 'model.released'].map((name) => `snakepit.${name}`),
  (event) => {
    const { reason, ...metadata } = event.metadata;
    events.push({ name: event.name, ...event.measurements, ...metadata });
  },
);

/** Returns and resets the spans of the instrumentation and the events. */
function take() {
  const spans = exporter.getFinishedSpans();
  exporter.reset();
  const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name;
  return {
    spans: spans
      .filter(({ instrumentationScope }) => instrumentationScope.name !== 'host')
      .map(({ name, attributes, parentSpanContext, status }) => ({
        name,
        parent: nameOf(parentSpanContext?.spanId),
        failed: status.code === 2,
        attributes,
      })),
    events: events.splice(0),
  };
}

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
