// Measures runs of models by onnxruntime-node, of one that does nothing and of one that computes for 1 ms, plain, instrumented, and in a
// span by hand with the same attributes; with an SDK that records, and inside of a request. No other instrumentation of
// onnxruntime-node exists. The runtime computes on the calling thread, whose processor time excludes that of other processes.
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { amountFor, comparePairs, LONG_ROUNDS, report } from '../compare.mjs';
import { hostLibrary } from '../host-library.mjs';
import { asyncSpanByHand } from '../span-by-hand.mjs';
import { threadTime } from '../thread-time.mjs';

const { floats, model, node } = createRequire(import.meta.url)(
  '../../test/packaging/hosts/onnxruntime/onnx.cjs',
);
const SIZE = 64;
const library = hostLibrary('onnxruntime', 'onnxruntime-node');
if (library === undefined) report([]);
else await measure(library);

/** Returns a model that multiplies by the same matrix several times. Its data is small: memory would decide the result. */
function multiplications(count) {
  const name = (i) => (i === 0 ? 'a' : i === count ? 'c' : `c${i}`);
  return model({
    name: 'multiplications',
    nodes: Array.from({ length: count }, (_, i) => node('MatMul', [name(i), 'b'], [name(i + 1)])),
    inputs: [floats('a', 'rows', SIZE), floats('b', SIZE, SIZE)],
    outputs: [floats('c', 'rows', SIZE)],
  });
}

/** @param {any} library */
async function measure({ InferenceSession, Tensor }) {
  const plain = InferenceSession.prototype.run;
  const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
  provider.register();
  registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
  if (InferenceSession.prototype.run === plain) throw new Error('onnxruntime-node is not instrumented');
  // Other threads of the runtime would spin between runs.
  const load = (count) => InferenceSession.create(multiplications(count), { intraOpNumThreads: 1 });
  const ones = (rows) => new Tensor('float32', new Float32Array(rows * SIZE).fill(1 / SIZE), [rows, SIZE]);

  const tracer = trace.getTracer('bench');
  const byHand = (session, feeds) => {
    const attributes = {
      'snakepit.model.name': 'model',
      'snakepit.model.providers': ['cpu'],
      'snakepit.input.shapes': Object.entries(feeds).map(
        ([name, { type, dims }]) => `${name}:${type}[${dims}]`,
      ),
      'snakepit.batch_size': feeds.a.dims[0],
    };
    return asyncSpanByHand(tracer, 'inference model', attributes, async (span) => {
      const startedAt = performance.now();
      const results = await plain.call(session, feeds);
      span.setAttribute('snakepit.compute_time', Math.round((performance.now() - startedAt) * 1e6));
      span.setAttribute('snakepit.output.location', results.c.location);
      return results;
    });
  };
  const candidates = (session, feeds) => ({
    plain: () => plain.call(session, feeds),
    'span by hand': () => byHand(session, feeds),
    instrumented: () => session.run(feeds),
  });
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));

  const small = await load(1);
  const one = { a: ones(1), b: ones(SIZE) };
  const nothing = await inRequest(() => comparePairs(candidates(small, one), { rounds: 101, calls: 200 }));
  let long = { count: 1, session: small };
  const feeds = { a: ones(SIZE), b: ones(SIZE) };
  const count = await amountFor(
    async (amount) => {
      if (amount !== long.count) long = { count: amount, session: await load(amount) };
      await plain.call(long.session, feeds);
    },
    1e6,
    threadTime,
  );
  const session = await load(count);
  const oneMs = await inRequest(() => comparePairs(candidates(session, feeds), LONG_ROUNDS));
  await provider.shutdown();
  const rows = (title, target, cost) =>
    ['elapsed', 'thread'].map((kind) => ({
      title: `run of a model that ${title}: ${kind}`,
      target,
      baseline: 'plain',
      ours: 'instrumented',
      times: cost[kind],
    }));
  report([...rows('does nothing', 2, nothing), ...rows('computes for 1 ms', 1.01, oneMs)]);
}
