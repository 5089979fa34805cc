import { expect, test } from 'vitest';
import { batchSize, inputShapes } from '../../../src/instrumentations/onnxruntime/tensors.js';

test('the shapes of inputs are bounded', () => {
  const feeds = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `${'x'.repeat(1000)}${i}`,
      { type: 'int64', dims: new Array(50).fill(1) },
    ]),
  );
  const shapes = inputShapes(feeds);
  expect(shapes).toHaveLength(8);
  expect(shapes[0]).toBe(`${'x'.repeat(64)}:int64[1,1,1,1,1,1,1,1,…]`);
});

test('inputs that are no tensors have no shape', () => {
  expect(inputShapes({ a: null, b: 1, c: { type: Symbol('t'), dims: 'two' } })).toEqual([
    'a:undefined[]',
    'b:undefined[]',
    'c:Symbol(t)[]',
  ]);
});

test('the batch is the first dimension of the input that has a variable one', () => {
  const feeds = { ids: { dims: [4, 128] }, mask: null };
  expect(batchSize(feeds, 'ids')).toBe(4);
  expect(batchSize(feeds, 'mask')).toBeUndefined();
  expect(batchSize(feeds, 'absent')).toBeUndefined();
  expect(batchSize(feeds, undefined)).toBeUndefined();
});
