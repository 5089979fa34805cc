// Measures the run of a tiny model by onnxruntime-node, and one that computes for 1 ms, plain and instrumented, with an SDK that records
// and inside of a request. No other instrumentation of onnxruntime-node exists.
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { amountFor, compareCost, comparePairs, onOneProcessor, report } from '../compare.mjs';
import { hostLibrary } from '../host-library.mjs';

const { multiplication } = createRequire(import.meta.url)('../../test/packaging/hosts/onnxruntime/model.cjs');
const library = hostLibrary('onnxruntime', 'onnxruntime-node');
if (library === undefined) report([]);
else await measure(library);

/** @param {any} library */
async function measure({ InferenceSession, Tensor }) {
  const plain = InferenceSession.prototype.run;
  const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
  provider.register();
  registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
  const sizes = ['rows', 'size', 'columns'];
  // Other threads of the runtime would spin between runs.
  const session = await InferenceSession.create(
    multiplication(sizes.slice(0, 2), sizes.slice(1), [sizes[0], sizes[2]]),
    { intraOpNumThreads: 1 },
  );
  if (session.run === plain) throw new Error('onnxruntime-node is not instrumented');
  const floats = (sizes) => new Tensor('float32', new Float32Array(sizes[0] * sizes[1]).fill(1), sizes);
  const feedsOf = (rows) => ({ a: floats([rows, 256]), b: floats([256, 256]) });
  const small = { a: floats([2, 3]), b: floats([3, 4]) };

  const tracer = trace.getTracer('bench');
  const attributes = { 'snakepit.model.name': 'model', 'snakepit.input.shapes': ['a:float32[2,3]'] };
  /** @returns candidates that multiply matrices */
  const candidates = (feeds) => ({
    plain: () => plain.call(session, feeds),
    'span by hand': () =>
      tracer.startActiveSpan('inference model', { attributes }, (span) =>
        plain.call(session, feeds).finally(() => span.end()),
      ),
    instrumented: () => session.run(feeds),
  });
  const calls = { plain: 500, 'span by hand': 500, instrumented: 500 };
  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const inRequest = (work) => tracer.startActiveSpan('request', (span) => work().finally(() => span.end()));
  const { elapsed } = await inRequest(() => compareCost(candidates(small), { rounds: 41, calls }));
  let feeds = feedsOf(1);
  const rows = await amountFor((amount) => {
    if (feeds.a.dims[0] !== amount) feeds = feedsOf(amount);
    return plain.call(session, feeds);
  }, 1e6);
  const oneMs = await inRequest(() => onOneProcessor(() => comparePairs(candidates(feedsOf(rows)))));
  await session.release();
  await provider.shutdown();
  report([
    {
      title: 'run of a model that does nothing',
      target: 2,
      baseline: 'plain',
      ours: 'instrumented',
      times: elapsed,
    },
    ...['elapsed', 'cpu'].map((kind) => ({
      title: `run of a model that computes for 1 ms: ${kind}`,
      target: 1.01,
      baseline: 'plain',
      ours: 'instrumented',
      times: oneMs[kind],
    })),
  ]);
}
