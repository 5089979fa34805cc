// Measures the run of a tiny model by onnxruntime-node, plain and instrumented, with an SDK that records and inside of a request.
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { compareCost, report } from '../compare.mjs';
import { hostLibrary } from '../host-library.mjs';

const model = createRequire(import.meta.url)('../../test/packaging/hosts/onnxruntime/model.cjs');
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
  const session = await InferenceSession.create(model);
  if (session.run === plain) throw new Error('onnxruntime-node is not instrumented');
  const floats = (sizes) => new Tensor('float32', new Float32Array(sizes[0] * sizes[1]).fill(1), sizes);
  const feeds = { a: floats([2, 3]), b: floats([3, 4]) };

  const tracer = trace.getTracer('bench');
  const attributes = { 'snakepit.model.name': 'model', 'snakepit.input.shapes': ['a:float32[2,3]'] };
  const byHand = () =>
    tracer.startActiveSpan('inference model', { attributes }, (span) =>
      plain.call(session, feeds).finally(() => span.end()),
    );
  const calls = { plain: 500, 'span by hand': 500, instrumented: 500 };
  const { elapsed } = await trace.getTracer('bench').startActiveSpan('request', (span) =>
    compareCost(
      {
        plain: () => plain.call(session, feeds),
        'span by hand': byHand,
        instrumented: () => session.run(feeds),
      },
      { rounds: 41, calls },
    ).finally(() => span.end()),
  );
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
  ]);
}
