// Runs programs with the real library: a library can only be patched before it is loaded.
import { expect } from 'vitest';
import { INSTALLING, run, test } from '../../packaging/packed.js';

const TIME = expect.any(Number);
const MULTIPLY = { model: 'multiply.onnx', provider: 'cpu' };
const IN_MEMORY = expect.stringMatching(/^sha256:[0-9a-f]{12}$/);
const modelAttributes = (name: unknown) => ({
  'snakepit.model.name': name,
  'snakepit.model.providers': ['cpu'],
});
const inputs = (a: string) => ({
  'snakepit.batch_size': 3,
  'snakepit.input.shapes': [`a:float32[${a}]`, 'b:float32[3,4]'],
});
const times = { 'snakepit.queue_time': TIME, 'snakepit.compute_time': TIME };

test.for(['runs-app.cjs', 'runs-app.mjs'])(
  'a run of a model is a span of its request, and events with the times of queue and computation: %s',
  INSTALLING,
  async (app, { host }) => {
    const results = JSON.parse(await run(await host('onnxruntime'), [app]));

    expect(results.inRequest.spans).toEqual([
      {
        name: 'load multiply.onnx',
        parent: 'request',
        failed: false,
        attributes: modelAttributes('multiply.onnx'),
      },
      {
        name: 'inference multiply.onnx',
        parent: 'request',
        failed: false,
        attributes: {
          ...modelAttributes('multiply.onnx'),
          ...inputs('2,3'),
          ...times,
          'snakepit.output.location': 'cpu',
          'snakepit.warmup': true,
        },
      },
      {
        name: 'inference multiply.onnx',
        parent: 'request',
        failed: true,
        attributes: { ...modelAttributes('multiply.onnx'), ...inputs('6'), 'error.type': 'Error' },
      },
      {
        name: 'load none.onnx',
        parent: 'request',
        failed: true,
        attributes: { ...modelAttributes('none.onnx'), 'error.type': 'Error' },
      },
    ]);
    expect(results.inRequest.events).toEqual([
      { name: 'snakepit.model.load.start', system_time: TIME, ...MULTIPLY },
      { name: 'snakepit.model.load.stop', duration: TIME, bytes: 124, ...MULTIPLY },
      { name: 'snakepit.inference.start', system_time: TIME, ...MULTIPLY },
      {
        name: 'snakepit.inference.stop',
        duration: TIME,
        queue_time: TIME,
        compute_time: TIME,
        batch_size: 3,
        ...MULTIPLY,
      },
      { name: 'snakepit.inference.start', system_time: TIME, ...MULTIPLY },
      { name: 'snakepit.inference.exception', duration: TIME, error_type: 'Error', ...MULTIPLY },
      { name: 'snakepit.model.released', lifetime: TIME, ...MULTIPLY },
      { name: 'snakepit.model.load.start', system_time: TIME, ...MULTIPLY, model: 'none.onnx' },
      {
        name: 'snakepit.model.load.exception',
        duration: TIME,
        error_type: 'Error',
        ...MULTIPLY,
        model: 'none.onnx',
      },
    ]);
    const { duration, queue_time, compute_time } = results.inRequest.events[3];
    expect(queue_time + compute_time).toBeGreaterThan(0);
    expect(queue_time + compute_time).toBeLessThanOrEqual(duration + 1);

    expect(
      results.concurrent.spans.map(({ name, parent }: { name: string; parent: string }) => [name, parent]),
    ).toEqual(
      ['one', 'two', 'three'].map((parent) => [
        expect.stringMatching(/^inference sha256:[0-9a-f]{12}$/),
        parent,
      ]),
    );
    expect(results.outside.spans).toEqual([]);
    expect(results.outside.events).toMatchObject([
      { name: 'snakepit.inference.start', model: IN_MEMORY },
      { name: 'snakepit.inference.stop', model: IN_MEMORY },
    ]);
  },
);

test(
  'the options of a library name, ignore and extend its spans, and switch it off',
  INSTALLING,
  async ({ host }) => {
    const results = JSON.parse(await run(await host('onnxruntime'), ['runs-app.cjs']));

    expect(results.hooks.spans).toMatchObject([
      { name: 'load multiplication', attributes: { 'snakepit.model.name': 'multiplication' } },
      { name: 'inference multiplication', failed: false, attributes: { start: 'multiplication undefined' } },
      { name: 'inference multiplication', failed: true },
    ]);
    expect(results.hooks.calls).toEqual([
      [expect.stringMatching(/^sha256:/), ['handler'], null],
      ['multiplication', ['c'], null],
      ['multiplication', [], 'Error'],
    ]);
    expect(results.hooks.events.at(-1)).toMatchObject({ model: 'multiplication' });
    expect(results.sensitive.spans).toMatchObject([{ attributes: { inputs: ['a', 'b'] } }]);
    expect(results.ignored).toEqual({ spans: [], events: [] });
    expect(results.disabled).toEqual({ spans: [], events: [], isRestored: true });
  },
);
