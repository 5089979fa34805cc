// Runs programs with the real library: a library can only be patched before it is loaded.
import { expect } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import type { Host, HostName } from '../../packaging/host.js';
import { INSTALLING, run, test } from '../../packaging/packed.js';

const TIME = expect.any(Number);
const cpu = (model: string) => ({ model, provider: 'cpu' });

const modelAttributes = (model: string) => ({
  'snakepit.model.name': model,
  'snakepit.model.providers': ['cpu'],
  'snakepit.model.dtype': 'fp32',
});
const genAi = (operation: string, model: string) => ({
  'gen_ai.operation.name': operation,
  'gen_ai.provider.name': 'huggingface',
  'gen_ai.request.model': model,
});
const usage = (input: number, output: number) => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
});
const runs = (count: number) => ({
  'snakepit.inference.runs': count,
  'snakepit.queue_time': TIME,
  'snakepit.compute_time': TIME,
});

test.for<[string, HostName, string, (host: Host) => string[]]>([
  ['4, required', 'onnxruntime', 'transformers-app.cjs', () => []],
  [
    '4, imported with a loader hook',
    'onnxruntime',
    'transformers-app.mjs',
    ({ folder }) => ['--import', loaderHook(folder)],
  ],
  [
    '4, required before the instrumentation',
    'onnxruntime',
    'transformers-app.cjs',
    () => ['--require', '@huggingface/transformers'],
  ],
  [
    '3, imported with a loader hook',
    'transformers3',
    'transformers-app.mjs',
    ({ folder }) => ['--import', loaderHook(folder)],
  ],
])(
  'a call of transformers.js is one span with all of its runs, and the host sees no difference: %s',
  INSTALLING,
  async ([version, name, app, options], { host: createHost }) => {
    const folder = await createHost(name);
    const args = [...options(folder), app];
    const seed = String(version.length);
    const { host, recorded } = JSON.parse(await run(folder, [...args, seed]));
    const plain = JSON.parse(await run(folder, [...args, '--plain', seed]));
    expect(host).toEqual(plain.host);
    expect(host.outcomes).toMatchObject({
      classification: [{ label: 'high' }],
      generation: [{ generated_text: 'one two three four' }],
      direct: '[["2n","3n","4n","5n","6n","7n"]]',
      subclass: ['FOUR FIVE'],
    });
    expect(host.unhandled).toEqual(["Pooling method 'unhandled' not supported."]);

    // The first version loads models from memory, with a runtime that does not describe inputs, and does not record the device.
    const isFirst = version.startsWith('3');
    const session = (operation: string, model: string) =>
      expect.stringMatching(`^${operation} ${model}/${isFirst ? 'sha256:[0-9a-f]{12}' : 'model.onnx'}$`);
    const first = isFirst ? {} : { 'snakepit.batch_size': 2 };
    const inputs = (shape: string) => ({
      'snakepit.input.shapes': [`input_ids:int64[${shape}]`, `attention_mask:int64[${shape}]`],
      ...first,
    });
    expect(recorded.embeddings.spans).toMatchObject([
      { name: session('load', 'tiny/bert'), parent: 'load tiny/bert' },
      { name: 'load tiny/bert', parent: 'request' },
      { name: 'embeddings tiny/bert', parent: 'request' },
    ]);
    expect(recorded.embeddings.spans[2].attributes).toEqual({
      ...modelAttributes('tiny/bert'),
      ...genAi('embeddings', 'tiny/bert'),
      'snakepit.task': 'feature-extraction',
      ...inputs('2,2'),
      'snakepit.warmup': true,
      ...runs(1),
    });
    expect(recorded.embeddings.events).toMatchObject([
      { name: 'model.load.start', model: 'tiny/bert' },
      { name: 'model.load.stop', duration: TIME, bytes: expect.any(Number), ...cpu('tiny/bert') },
      { name: 'inference.start', ...cpu('tiny/bert') },
      { name: 'inference.stop', duration: TIME, queue_time: TIME, compute_time: TIME, runs: 1 },
    ]);

    // topk(), which sorts the labels, is a model too.
    expect(recorded.classification.spans).toMatchObject([
      { name: 'text-classification tiny/classifier', parent: 'request', attributes: runs(1) },
    ]);
    expect(Object.keys(recorded.classification.spans[0].attributes).join()).not.toContain('gen_ai');
    expect(recorded.classification.events).toHaveLength(2);

    expect(recorded.generation.spans).toMatchObject([
      {
        name: 'text_completion tiny/gpt2',
        parent: 'request',
        attributes: {
          ...modelAttributes('tiny/gpt2'),
          ...genAi('text_completion', 'tiny/gpt2'),
          'gen_ai.request.max_tokens': 3,
          'gen_ai.request.stream': true,
          'gen_ai.response.time_to_first_chunk': TIME,
          'snakepit.time_to_first_token': TIME,
          ...runs(3),
          ...usage(1, 3),
        },
      },
    ]);
    expect(recorded.generation.events).toMatchObject([
      { name: 'inference.start', ...cpu('tiny/gpt2') },
      {
        name: 'inference.stop',
        runs: 3,
        input_tokens: 1,
        output_tokens: 3,
        time_to_first_token: TIME,
        ...cpu('tiny/gpt2'),
      },
    ]);
    const { duration, time_to_first_token: firstToken } = recorded.generation.events[1];
    expect(firstToken).toBeGreaterThan(0);
    expect(firstToken).toBeLessThan(duration);
    for (const { attributes } of [recorded.embeddings.spans[2], recorded.classification.spans[0]])
      expect(attributes).not.toHaveProperty(['snakepit.time_to_first_token']);
    expect(recorded.padded.spans[0].attributes).toHaveProperty(['snakepit.time_to_first_token'], TIME);
    expect(recorded.padded.spans[0].attributes).not.toHaveProperty(['gen_ai.request.stream']);
    expect(recorded.padded.spans).toMatchObject([
      { attributes: { 'gen_ai.request.top_k': 5, ...runs(2), ...usage(4, 4) } },
    ]);
    expect(recorded.chat.spans).toMatchObject([
      { name: 'chat tiny/gpt2', attributes: genAi('chat', 'tiny/gpt2') },
    ]);

    expect(recorded.outsideLoad).toMatchObject({
      spans: [],
      events: [{ model: 'tiny/gpt2' }, cpu('tiny/gpt2')],
    });
    expect(recorded.direct.spans).toMatchObject([
      { name: 'text_completion tiny/gpt2', parent: 'request', attributes: { ...runs(4), ...usage(2, 4) } },
    ]);
    expect(recorded.forward.spans).toMatchObject([
      { name: session('inference', 'tiny/gpt2'), parent: 'request' },
    ]);
    expect(recorded.forward.events.at(-1)).toMatchObject({ name: 'inference.stop', provider: 'cpu' });

    const nested = recorded.nested.spans.map((span: { name: string; parent: string; attributes: object }) => [
      span.name,
      span.parent,
      Reflect.get(span.attributes, 'snakepit.inference.runs'),
    ]);
    expect(nested.sort()).toEqual([
      ...new Array(host.outcomes.nested[1].length).fill([
        'text-classification tiny/classifier',
        'text_completion tiny/gpt2',
        1,
      ]),
      ['text_completion tiny/gpt2', 'request', 2],
    ]);

    const failures = recorded.failures.spans.map((span: { name: string; events: string[] }) => [
      span.name,
      span.events,
    ]);
    expect(failures.sort()).toEqual([
      ['embeddings tiny/bert', ['exception']],
      ['embeddings tiny/bert', ['exception']],
      ['load unknown', ['exception']],
      ['text_completion tiny/gpt2', ['exception']],
      ['text_completion tiny/gpt2', ['exception']],
      ['text_completion tiny/gpt2', ['snakepit.error.python_exception', 'exception']],
    ]);
    expect(recorded.subclass.spans).toMatchObject([{ name: 'text_completion tiny/gpt2' }]);
    expect(recorded.outside).toMatchObject({ spans: [], events: [{}, cpu('tiny/bert')] });
    expect(recorded.isRestored).toEqual([true, true, true, true]);

    expect(recorded.hooks.spans).toMatchObject([
      { name: session('load', 'tiny/classifier'), parent: 'load mine' },
      { name: 'load mine', attributes: { start: 'load undefined' } },
      {
        name: 'text-classification mine',
        attributes: { start: 'pipeline undefined', end: 'text-classification 1 undefined' },
      },
      { attributes: { end: expect.stringMatching(/^text-classification undefined ./) } },
    ]);
    // A span for each token would follow if `generate()` were not recorded without its pipeline.
    expect(recorded.ignored.spans).toMatchObject([
      { name: isFirst ? expect.stringMatching('^load sha256:') : 'load model.onnx', parent: 'request' },
      {
        name: 'text_completion tiny/gpt2',
        attributes: { inputs: ['input_ids', 'attention_mask', 'max_new_tokens'], ...runs(2) },
      },
    ]);
    expect(recorded.ignored.events.map((event: { name: string }) => event.name)).toEqual([
      'model.load.start',
      'model.load.stop',
      'inference.start',
      'inference.stop',
    ]);
    expect(recorded.switchedOff).toEqual(new Array(2).fill(session('inference', 'tiny/gpt2')));
  },
);
