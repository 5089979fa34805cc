import { expect, test } from 'vitest';
import { InputShapes } from '../../../src/instrumentations/onnxruntime/input-shapes.js';
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

test('the shapes of a session are those of each of its runs, also if inputs change in place', () => {
  const shapes = new InputShapes();
  const ids = { type: 'int64', dims: [2, 3] };
  const feeds: Record<string, unknown> = { ids, mask: { type: 'bool', dims: [2, 3] } };
  const check = () => expect(shapes.of(feeds)).toEqual(inputShapes(feeds));

  check();
  const seen = shapes.of(feeds);
  expect(shapes.of({ ...feeds })).toBe(seen);
  ids.dims[1] = 4;
  check();
  expect(seen).toEqual(['ids:int64[2,3]', 'mask:bool[2,3]']);
  ids.type = 'int32';
  check();
  ids.dims.push(1);
  check();
  feeds.more = ids;
  check();
  delete feeds.mask;
  check();
  for (const input of [
    null,
    1,
    { type: 'int32' },
    { dims: [1] },
    { type: 'x'.repeat(99), dims: [1.5, -1, 'a'] },
  ]) {
    feeds.more = input;
    check();
    check();
  }
});
