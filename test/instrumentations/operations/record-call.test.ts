import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { recordResult } from '../../../src/instrumentations/operations/record-call.js';

const record = (promise: Promise<unknown>) => {
  const ends: unknown[] = [];
  const recorded = recordResult(
    promise,
    'call',
    (call, value) => ends.push([call, value]),
    (call, error) => ends.push([call, error]),
  ) as Promise<unknown>;
  return { recorded, ends };
};

/** Returns the number of microtasks until a promise settles. */
async function microtasks(promise: Promise<unknown>): Promise<number> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let count = 0; ; count++) {
    if (isSettled) return count;
    await undefined;
  }
}

const error = new RangeError('mine');

test.for<[string, () => Promise<unknown>, unknown]>([
  ['resolved', () => Promise.resolve(error), error],
  ['rejected', () => Promise.reject(error), error],
])(
  'a promise that is %s is recorded once, and settles with the same object one microtask later',
  async ([, create, expected]) => {
    const plain = await microtasks(create());
    const { recorded, ends } = record(create());
    expect(await microtasks(recorded)).toBe(plain + 1);
    const settled = await recorded.then(
      (value) => ['resolved', value],
      (reason) => ['rejected', reason],
    );
    expect(settled[1]).toBe(expected);
    expect(ends).toEqual([['call', expected]]);
  },
);

test('a rejection that the host does not handle stays unhandled, and is reported once', async () => {
  const reported: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const note = (reason: unknown) => reported.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => {
    process.off('unhandledRejection', note);
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
  record(Promise.reject(error));
  await once(process, 'unhandledRejection');
  await new Promise((resolve) => setImmediate(resolve));
  expect(reported).toEqual([error]);
});

/** As the promises of a library with which a host replaces those of JavaScript. */
class OwnPromise {
  readonly promise: Promise<unknown>;

  constructor(promise: Promise<unknown>) {
    this.promise = promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  then(...args: Parameters<Promise<unknown>['then']>): OwnPromise {
    return new OwnPromise(this.promise.then(...args));
  }
}

test('a promise of the class with which the host replaced promises is recorded when it settles', async () => {
  const promise = new OwnPromise(Promise.reject(error));
  // The test runner needs its own promises.
  vi.stubGlobal('Promise', OwnPromise);
  const { recorded, ends } = record(promise as never);
  vi.unstubAllGlobals();
  expect(ends).toEqual([]);
  expect(recorded).toBeInstanceOf(OwnPromise);
  await expect((recorded as unknown as OwnPromise).promise).rejects.toBe(error);
  expect(ends).toEqual([['call', error]]);
});

test('a promise from which none can be derived is the one that the host gets', async () => {
  class Closed extends Promise<unknown> {
    static override get [Symbol.species](): PromiseConstructor {
      throw new Error('not here');
    }
  }
  const promise = Closed.resolve(1);
  const { recorded, ends } = record(promise);
  expect(recorded).toBe(promise);
  expect(ends).toHaveLength(1);
});
