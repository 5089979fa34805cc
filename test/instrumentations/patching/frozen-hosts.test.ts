import { beforeEach, expect, test } from 'vitest';
import { combinePatches, LibraryPatches } from '../../../src/instrumentations/patching/library-patches.js';
import { beforeCalls, type Method } from '../../../src/instrumentations/patching/wrap-method.js';

/** Classes of a library. */
const classes = () => [class Pool {}, class Queue {}].map(({ prototype }) => addRun(prototype));

const addRun = (prototype: object): { run: Method } =>
  Object.assign(prototype, {
    run: () => 'ran',
  });

let calls: string[];
beforeEach(() => {
  calls = [];
});

const count = (target: object, name: string) => () => beforeCalls(target, 'run', () => calls.push(name));

class Patches extends LibraryPatches {
  override readonly definitions = [
    this.definition('snakepit-test-library', { from: '1', below: '2' }, (exports) => {
      for (const [name, prototype] of Object.entries(exports)) this.add(prototype, count(prototype, name));
    }),
  ];
}

function patched() {
  const [pool = addRun({}), queue = addRun({})] = classes();
  const [{ patch, unpatch } = {}] = new Patches().definitions;
  const exports = { pool, queue };
  return {
    pool,
    queue,
    enable: () => patch?.(exports, '1.0.0'),
    disable: () => unpatch?.(exports, '1.0.0'),
    run: () => [pool.run(), queue.run()],
  };
}

test('a class that the host freezes while it is patched is not recorded any more, and others are restored', () => {
  const { pool, queue, enable, disable, run } = patched();
  const { run: original } = queue;
  enable();
  Object.freeze(pool);
  run();
  expect(calls).toEqual(['pool', 'queue']);
  disable();
  expect(run()).toEqual(['ran', 'ran']);
  expect(calls).toHaveLength(2);
  expect(queue.run).toBe(original);
});

test('a class that the host freezes while it is not patched is left alone, and others are patched again', () => {
  const { pool, queue, enable, disable, run } = patched();
  enable();
  disable();
  const { run: original } = pool;
  Object.freeze(pool);
  enable();
  expect(run()).toEqual(['ran', 'ran']);
  expect(calls).toEqual(['queue']);
  expect(pool.run).toBe(original);
  disable();
  expect(Object.hasOwn(queue, 'run')).toBe(true);
  run();
  expect(calls).toEqual(['queue']);
});

test('of several changes, none stays if one of them fails', () => {
  const [pool = addRun({}), frozen = addRun({})] = classes();
  const { run: original } = pool;
  Object.freeze(frozen);
  expect(combinePatches(count(pool, 'pool'), count(frozen, 'frozen'))).toThrow(TypeError);
  expect(pool.run).toBe(original);
});

test('a restore that fails keeps none of the others', () => {
  const [pool = addRun({})] = classes();
  const { run: original } = pool;
  const restore = combinePatches(
    () => () => {
      throw new Error('not restored');
    },
    count(pool, 'pool'),
  )();
  expect(pool.run).not.toBe(original);
  restore();
  expect(pool.run).toBe(original);
});
