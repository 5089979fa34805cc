// Measures calls of transformers.js on tiny models, plain and instrumented, with an SDK that records and inside of a request.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { compareCost, report } from '../compare.mjs';
import { hostLibrary } from '../host-library.mjs';

const require = createRequire(import.meta.url);
const { writeModels } = require('../../test/packaging/hosts/onnxruntime/transformers-models.cjs');
const library = hostLibrary('onnxruntime', '@huggingface/transformers');
if (library === undefined) report([]);
else await measure(library);

/** @param {any} library */
async function measure({ env, pipeline, ...classes }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-models-'));
  writeModels(folder);
  env.localModelPath = folder + sep;
  env.allowRemoteModels = false;
  const { generate } = classes.PreTrainedModel.prototype;
  /** Loads two pipelines, the first of which keeps the methods that the library has now. */
  const loadBoth = async (task, model, { prototype }) => {
    const { _call } = prototype;
    const [plain, instrumented] = [
      await pipeline(task, model, { dtype: 'fp32' }),
      await pipeline(task, model, { dtype: 'fp32' }),
    ];
    Object.assign(plain, { _call });
    Object.assign(plain.model, { generate });
    for (const session of Object.values(plain.model.sessions)) Object.assign(session, { run: session.run });
    return { plain, instrumented };
  };
  const embed = await loadBoth('feature-extraction', 'tiny/bert', classes.FeatureExtractionPipeline);
  const complete = await loadBoth('text-generation', 'tiny/gpt2', classes.TextGenerationPipeline);
  rmSync(folder, { recursive: true });

  const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
  provider.register();
  registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
  const [session] = Object.values(embed.instrumented.model.sessions);
  if (embed.instrumented._call === embed.plain._call || session.run === embed.plain.model.sessions.model.run)
    throw new Error('transformers.js is not instrumented');

  const tracer = trace.getTracer('bench');
  const compareCalls = (call, calls) => {
    const attributes = { 'snakepit.model.name': 'tiny', 'snakepit.task': 'task' };
    const byHand = () =>
      tracer.startActiveSpan('task tiny', { attributes }, (span) => call('plain').finally(() => span.end()));
    return tracer.startActiveSpan('request', (span) =>
      compareCost(
        { plain: () => call('plain'), 'span by hand': byHand, instrumented: () => call('instrumented') },
        { rounds: 41, calls: { plain: calls, 'span by hand': calls, instrumented: calls } },
      ).finally(() => span.end()),
    );
  };
  const text = 'one two three four';
  const embeddings = await compareCalls((name) => embed[name](text, { pooling: 'mean' }), 200);
  const completions = await compareCalls((name) => complete[name]('one', { max_new_tokens: 16 }), 20);
  await provider.shutdown();
  report(
    [
      ['embedding by a model that does nothing', embeddings],
      ['16 tokens of a model that does nothing', completions],
    ].map(([title, { elapsed }]) => ({
      title,
      target: 2,
      baseline: 'plain',
      ours: 'instrumented',
      times: elapsed,
    })),
  );
}
