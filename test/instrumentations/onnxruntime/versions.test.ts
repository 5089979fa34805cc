// Runs a program with the real library, in the oldest supported and in a current version.
import { expect } from 'vitest';
import { INSTALLING, run, test } from '../../packaging/packed.js';

test.for(['onnxruntime', 'onnxruntime-1.14'] as const)(
  'runs of models are recorded, and a host with random programs sees no difference: %s',
  INSTALLING,
  async (name, { host }) => {
    const { plain, instrumented, isPatched, isRestored, spans, events } = JSON.parse(
      await run(await host(name), ['versions.cjs']),
    );
    expect(instrumented).toEqual(plain);
    expect(plain).toMatchObject({ values: Array(8).fill(3), sizes: [2, 4] });
    expect(plain.programs.map((outcomes: unknown[]) => outcomes.length)).toEqual([60, 60, 60]);
    expect([isPatched, isRestored]).toEqual([true, true]);
    const model = expect.stringMatching(/^sha256:[0-9a-f]{12}$/);
    const shapes = (a: string) => [`a:float32[${a}]`, 'b:float32[3,4]'];
    const inference = { name: expect.stringMatching(/^inference sha256:/), isRoot: false };
    expect(spans).toMatchObject([
      { name: expect.stringMatching(/^load sha256:/), attributes: { 'snakepit.model.name': model } },
      { ...inference, failed: false, attributes: { 'snakepit.input.shapes': shapes('2,3') } },
      { ...inference, failed: true, attributes: { 'snakepit.input.shapes': shapes('6') } },
      { name: 'request', isRoot: true },
    ]);
    expect(events).toEqual(
      [
        'model.load.start',
        'model.load.stop',
        'inference.start',
        'inference.stop',
        'inference.start',
        'inference.exception',
      ].map((event) => `snakepit.${event}`),
    );
  },
);
