// Loads and runs models with transformers.js, correctly and incorrectly, and prints the outcomes of callers, and the spans and events:
// node transformers-app.mjs [--plain] SEED
const { once } = require('node:events');
const { join } = require('node:path');
const { trace } = require('@opentelemetry/api');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { CALLS, record } = require('./recording.cjs');
const { writeModels } = require('./transformers-models.cjs');

const recording = record(CALLS, ({ name, measurements, metadata: { reason, ...metadata } }) => ({
  name: name.replace('snakepit.', ''),
  ...measurements,
  ...metadata,
}));
const take = () => recording.take(({ events }) => ({ events: events.map(({ name }) => name) }));

/** Returns the outcome of a call in a form that can be printed and compared. */
async function outcome(call) {
  try {
    return plain(await call());
  } catch (error) {
    return `${error.constructor.name}: ${error.message.split('\n')[0]}`;
  }
}

const plain = (value) =>
  typeof value?.tolist === 'function'
    ? JSON.stringify(value.tolist(), (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
    : value;

/** Runs `work` in a span of the host. */
const inRequest = (work) =>
  trace.getTracer('host').startActiveSpan('request', (span) => work().finally(() => span.end()));

exports.run = async (load) => {
  console.error = () => {}; // transformers.js prints the inputs of a failed run.
  const isPlain = process.argv.includes('--plain');
  const instrumentation = isPlain ? undefined : new SnakepitInstrumentation();
  const library = await load();
  const { AutoModelForCausalLM, AutoTokenizer, env, PreTrainedModel, pipeline, TextStreamer } = library;
  writeModels('models');
  env.localModelPath = join(process.cwd(), 'models');
  env.allowRemoteModels = false;
  const dtype = { dtype: 'fp32' };
  const outcomes = {};
  const recorded = {};

  let embed;
  outcomes.embeddings = await inRequest(async () => {
    embed = await pipeline('feature-extraction', 'tiny/bert', dtype);
    return outcome(() => embed(['one two', 'three'], { pooling: 'mean' }));
  });
  recorded.embeddings = take();

  const classify = await pipeline('text-classification', 'tiny/classifier', dtype);
  take();
  outcomes.classification = await inRequest(() => outcome(() => classify('six five')));
  recorded.classification = take();

  const generate = await pipeline('text-generation', 'tiny/gpt2', dtype);
  take();
  const streamed = [];
  const streamer = new TextStreamer(generate.tokenizer, { callback_function: (text) => streamed.push(text) });
  outcomes.generation = await inRequest(() =>
    outcome(() => generate('one', { max_new_tokens: 3, streamer })),
  );
  outcomes.streamed = streamed;
  recorded.generation = take();
  outcomes.padded = await inRequest(() =>
    outcome(() => generate(['one', 'two three four'], { max_new_tokens: 2, top_k: 5 })),
  );
  recorded.padded = take();
  outcomes.chat = await inRequest(() =>
    outcome(() => generate([{ role: 'user', content: 'two' }], { max_new_tokens: 1 })),
  );
  recorded.chat = take();

  const model = await AutoModelForCausalLM.from_pretrained('tiny/gpt2', dtype);
  recorded.outsideLoad = take();
  const tokenizer = await AutoTokenizer.from_pretrained('tiny/gpt2');
  const inputs = tokenizer('one two');
  outcomes.direct = await inRequest(() => outcome(() => model.generate({ ...inputs, max_new_tokens: 4 })));
  recorded.direct = take();
  outcomes.forward = await inRequest(() => outcome(async () => (await model(inputs)).logits));
  recorded.forward = take();
  outcomes.nested = await inRequest(() =>
    outcome(async () => {
      const labels = [];
      const moderator = new TextStreamer(tokenizer, {
        callback_function: (text) => labels.push(classify(text)),
      });
      const ids = await model.generate({ ...inputs, max_new_tokens: 2, streamer: moderator });
      return [plain(ids), await Promise.all(labels)];
    }),
  );
  recorded.nested = take();

  const unknownWord = new library.Tensor('int64', [99n], [1, 1]);
  outcomes.failures = await inRequest(() =>
    Promise.all(
      [
        () => embed('one', { pooling: 'none of them' }),
        () => embed(),
        () => generate(5),
        () => model.generate({}),
        () => model.generate({ input_ids: unknownWord, attention_mask: unknownWord, max_new_tokens: 1 }),
        () => model({ input_ids: inputs.input_ids }),
        () => pipeline('text-generation', 'tiny/none', dtype),
        () => PreTrainedModel.from_pretrained(undefined),
      ].map(outcome),
    ),
  );
  recorded.failures = take();
  const unhandled = [];
  process.on('unhandledRejection', (error) => unhandled.push(error.message));
  embed('one', { pooling: 'unhandled' });
  await once(process, 'unhandledRejection');
  take();

  // The class of a host, which changes the result of its superclass.
  class Shouting extends generate.constructor {
    async _call(...args) {
      return (await super._call(...args)).map(({ generated_text }) => generated_text.toUpperCase());
    }
  }
  const shout = new Shouting({ task: 'shout', model: generate.model, tokenizer: generate.tokenizer });
  outcomes.subclass = await inRequest(() => outcome(() => shout('four', { max_new_tokens: 1 })));
  recorded.subclass = take();

  outcomes.outside = await outcome(() => embed('one'));
  recorded.outside = take();

  // A random program: calls of all pipelines, many of them at the same time.
  let seed = Number(process.argv.at(-1));
  const random = (limit) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * limit);
  };
  const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
  const text = () => Array.from({ length: 1 + random(4) }, () => words[random(7)]).join(' ');
  const kinds = [
    () => embed(random(2) ? text() : [text(), text()], { pooling: ['mean', 'cls', 'wrong'][random(3)] }),
    () => classify([text(), text()], { top_k: 1 + random(2) }),
    () => generate(random(2) ? text() : [text(), text()], { max_new_tokens: random(4) }),
    () => model.generate({ ...tokenizer(text()), max_new_tokens: 1 + random(3) }),
    () => model(random(3) ? tokenizer(text()) : {}).then(({ logits }) => logits),
    () => generate([5, {}][random(2)]),
  ];
  const calls = [];
  for (let i = 0; i < 60; i++) {
    const call = outcome(kinds[random(kinds.length)]);
    calls.push(call);
    if (random(3) === 0) await call;
  }
  outcomes.random = await Promise.all(calls);
  recorded.randomSpans = take().spans.length;

  const patched = [
    [PreTrainedModel, 'from_pretrained'],
    [PreTrainedModel.prototype, 'generate'],
    [library.FeatureExtractionPipeline.prototype, '_call'],
    [library.WhisperForConditionalGeneration.prototype, 'generate'],
  ];
  const describe = () =>
    patched.map(([target, key]) => {
      const { value, ...flags } = Object.getOwnPropertyDescriptor(target, key);
      return { ...flags, name: value.name, length: value.length, keys: Reflect.ownKeys(target).length };
    });
  const methods = patched.map(([target, key]) => target[key]);
  outcomes.methods = describe();
  instrumentation?.disable();
  outcomes.methodsAfterwards = describe();
  recorded.isRestored = patched.map(([target, key], index) => target[key] !== methods[index]);

  const configure = (transformers, more) => {
    instrumentation?.disable();
    instrumentation?.setConfig({ ...more, instrumentations: { transformers } });
    instrumentation?.enable();
  };
  configure({
    requireParentSpan: false,
    nameOf: () => 'mine',
    startHook: (span, { kind, inputs: texts }) => span.setAttribute('start', `${kind} ${texts}`),
    endHook: (span, { task }, result, error) =>
      span.setAttribute('end', `${task} ${result?.length} ${error?.message}`),
  });
  const named = await pipeline('text-classification', 'tiny/classifier', dtype);
  await named('one');
  await outcome(() => named());
  recorded.hooks = take();
  configure(
    {
      ignore: ({ kind }) => kind !== 'generate',
      startHook: (span, { inputs: texts }) => span.setAttribute('inputs', Object.keys(texts ?? {})),
    },
    { includeSensitive: true },
  );
  await inRequest(async () => {
    await pipeline('text-classification', 'tiny/classifier', dtype);
    await generate('one', { max_new_tokens: 2 });
  });
  recorded.ignored = take();
  configure({ enabled: false });
  await inRequest(() => generate('one', { max_new_tokens: 2 }));
  recorded.switchedOff = take().spans.map(({ name }) => name);
  console.log(JSON.stringify({ host: { outcomes, unhandled }, recorded }));
};
