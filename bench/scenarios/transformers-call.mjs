// Measures calls of transformers.js on models that do nothing: plain, instrumented, in a span by hand, and with the instrumentation of
// OpenLIT if `npm install --no-save --legacy-peer-deps openlit@1.15.0` has installed it; with an SDK that records, and inside of a
// request. Each call is one span, with the numbers and the times of its runs if it is instrumented; OpenLIT builds a
// tokenizer in each call, which takes more than 70 ms. The processor time of the thread excludes that of other processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { comparePairs, report } from '../compare.mjs';
import { hostLibrary, unsavedLibrary } from '../host-library.mjs';
import { asyncSpanByHand } from '../span-by-hand.mjs';

const require = createRequire(import.meta.url);
const { writeModels } = require('../../test/packaging/hosts/onnxruntime/transformers-models.cjs');
const library = hostLibrary('onnxruntime', '@huggingface/transformers');
if (library === undefined) report([]);
else await measure(library);

/** Returns the pipelines' methods that the instrumentation of OpenLIT makes, and removes them from the classes. */
function methodsOfOpenLit(library, tracerProvider) {
  const instrumentation = unsavedLibrary('openlit', 'instrumentation/transformers');
  if (instrumentation === undefined) return {};
  const { default: config } = unsavedLibrary('openlit', 'config');
  const { default: Instrumentation } = instrumentation;
  Object.assign(config, { applicationName: 'bench', environment: 'bench' });
  const openLit = new Instrumentation();
  openLit.setTracerProvider(tracerProvider);
  openLit.manualPatch(library);
  const methods = Object.fromEntries(
    ['FeatureExtractionPipeline', 'TextGenerationPipeline'].map((name) => [
      name,
      library[name].prototype._call,
    ]),
  );
  openLit._unpatch(library);
  return methods;
}

/** @param {any} library */
async function measure(library) {
  const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
  provider.register();
  const { env, pipeline, PreTrainedModel } = library;
  const folder = mkdtempSync(join(tmpdir(), 'bench-models-'));
  writeModels(folder);
  env.localModelPath = folder + sep;
  env.allowRemoteModels = false;
  const openLit = methodsOfOpenLit(library, provider);
  const { generate } = PreTrainedModel.prototype;
  /** Loads a pipeline that keeps the methods that the library has now, except for the given one. */
  const loadPlain = async (task, model, className, _call = library[className].prototype._call) => {
    const plain = await pipeline(task, model, { dtype: 'fp32' });
    Object.assign(plain, { _call });
    Object.assign(plain.model, { generate });
    for (const session of Object.values(plain.model.sessions)) Object.assign(session, { run: session.run });
    return plain;
  };
  const loadAll = async (task, model, className) => ({
    plain: await loadPlain(task, model, className),
    ...(openLit[className] && { openLit: await loadPlain(task, model, className, openLit[className]) }),
    instrumented: await pipeline(task, model, { dtype: 'fp32' }),
  });
  const embed = await loadAll('feature-extraction', 'tiny/bert', 'FeatureExtractionPipeline');
  const complete = await loadAll('text-generation', 'tiny/gpt2', 'TextGenerationPipeline');
  rmSync(folder, { recursive: true });

  registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], tracerProvider: provider });
  const [session] = Object.values(embed.instrumented.model.sessions);
  if (embed.instrumented._call === embed.plain._call || session.run === embed.plain.model.sessions.model.run)
    throw new Error('transformers.js is not instrumented');

  const tracer = trace.getTracer('bench');
  const compareCalls = (pipelines, call, calls) => {
    const attributes = {
      'snakepit.model.name': 'tiny',
      'snakepit.task': 'task',
      'gen_ai.request.model': 'tiny',
    };
    const plain = () => call(pipelines.plain);
    const candidates = {
      plain,
      'span by hand': () => asyncSpanByHand(tracer, 'task tiny', attributes, plain),
      instrumented: () => call(pipelines.instrumented),
    };
    return tracer.startActiveSpan('request', async (span) => {
      const cost = await comparePairs(candidates, { rounds: 121, calls });
      if (pipelines.openLit !== undefined) {
        const other = await comparePairs(
          { plain, OpenLIT: () => call(pipelines.openLit) },
          { rounds: 3, calls: 1 },
        );
        for (const kind of ['elapsed', 'thread']) cost[kind].OpenLIT = other[kind].OpenLIT;
      }
      span.end();
      return cost;
    });
  };
  const text = 'one two three four';
  const embeddings = await compareCalls(embed, (run) => run(text, { pooling: 'mean' }), 100);
  const completions = await compareCalls(complete, (run) => run('one', { max_new_tokens: 16 }), 20);
  await provider.shutdown();
  report(
    [
      ['embedding by a model that does nothing', embeddings],
      ['16 tokens of a model that does nothing', completions],
    ].flatMap(([title, cost]) =>
      ['elapsed', 'thread'].map((kind) => ({
        title: `${title}: ${kind}`,
        target: 2,
        baseline: 'plain',
        ours: 'instrumented',
        times: cost[kind],
      })),
    ),
  );
}
