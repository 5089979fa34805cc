const { once } = require('node:events');
const { trace } = require('@opentelemetry/api');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const model = require('./model.cjs');

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const tracer = trace.getTracer('host');

/** Creates and runs sessions, correctly and incorrectly. Prints the outcomes of callers and the events of their spans. */
exports.run = async ({ InferenceSession, Tensor }, instrumentation) => {
  const unhandled = [];
  process.on('unhandledRejection', (error) => unhandled.push(error.message));
  const floats = (...sizes) => {
    const length = sizes.reduce((product, size) => product * size, 1);
    return new Tensor('float32', new Float32Array(length).fill(1), sizes);
  };
  const session = await InferenceSession.create(model);
  const right = { a: floats(2, 3), b: floats(3, 4) };
  const mine = new Error('mine');
  class Derived extends InferenceSession {
    run(...args) {
      return super.run(...args);
    }
  }
  const failing = new Derived({
    inputNames: [],
    outputNames: [],
    run: () => Promise.reject(mine),
  });

  const calls = {
    right: () => session.run(right),
    'wrong rank': () => session.run({ ...right, a: floats(6) }),
    'wrong shape': () => session.run({ ...right, a: floats(2, 4) }),
    'wrong inner dimension': () => session.run({ ...right, b: floats(5, 4) }),
    'wrong data type': () => session.run({ ...right, a: new Tensor('float64', new Float64Array(6), [2, 3]) }),
    'missing input': () => session.run({ a: right.a }),
    'no feeds': () => session.run(1),
    'no such output': () => session.run(right, ['d']),
    'corrupt model': () => InferenceSession.create(model.subarray(0, 40)),
    'no such model': () => InferenceSession.create('none.onnx'),
    'no model': () => InferenceSession.create(),
    'an error twice': () => failing.run({}).catch(() => failing.run({})),
  };
  // Concurrently: each error must be recorded on the span of its own caller.
  const outcomes = await Promise.all(
    Object.entries(calls).map(([name, call]) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          return [name, Array.from((await call()).c.data)];
        } catch (error) {
          return [name, error === mine ? 'mine' : `${error.constructor.name}: ${error.message}`];
        } finally {
          span.end();
        }
      }),
    ),
  );
  const recorded = takeSpanEvents();

  session.run({});
  await once(process, 'unhandledRejection');

  const enabled = describe(InferenceSession);
  instrumentation?.disable();
  const disabled = describe(InferenceSession);
  await tracer.startActiveSpan('disabled', (span) =>
    session.run({}).catch(() => {
      span.end();
    }),
  );
  instrumentation?.enable();
  await tracer.startActiveSpan('enabled again', (span) =>
    session.run({}).catch(() => {
      span.end();
    }),
  );
  console.log(
    JSON.stringify({
      host: { outcomes: Object.fromEntries(outcomes), unhandled, enabled: signature(enabled), disabled },
      recorded: { ...recorded, ...takeSpanEvents() },
    }),
  );
};

/** Returns and resets the events of each finished span of the host, with their attributes. */
function takeSpanEvents() {
  const spans = exporter
    .getFinishedSpans()
    .filter(({ instrumentationScope }) => instrumentationScope.name === 'host');
  exporter.reset();
  return Object.fromEntries(
    spans.map(({ name, events }) => [
      name,
      events.map((event) => ({ name: event.name, ...event.attributes })),
    ]),
  );
}

/** Returns the visible properties of the patched methods. */
const describe = (sessionClass) =>
  [
    Object.getOwnPropertyDescriptor(sessionClass, 'create'),
    Object.getOwnPropertyDescriptor(sessionClass.prototype, 'run'),
    Object.getOwnPropertyDescriptor(sessionClass.prototype, 'release'),
  ].map(({ value, ...flags }) => ({
    ...flags,
    name: value.name,
    length: value.length,
    source: String(value),
  }));

const signature = (methods) => methods.map(({ source, ...rest }) => rest);
