// biome-ignore-all lint/suspicious/noThenProperty: the tests are about promise-likes
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { span } from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const activeName = () => (trace.getActiveSpan() as { name?: string } | undefined)?.name;

test('ends with a generator, whose code has the span as its active one', { tags: ['H22'] }, () => {
  const host = instrumentedHost();
  const generator = span('tokens', function* () {
    yield activeName();
    yield activeName();
  });
  expect(host.spans()).toHaveLength(0);
  expect([...generator]).toEqual(['tokens', 'tokens']);
  expect(host.spans()).toHaveLength(1);
  expect(activeName()).toBeUndefined();
});

test('ends with an asynchronous generator', { tags: ['H22'] }, async () => {
  const host = instrumentedHost();
  const generator = span('tokens', async function* () {
    yield activeName();
    await new Promise(setImmediate);
    yield activeName();
  });
  const names: unknown[] = [];
  for await (const name of generator) names.push(name);
  expect(names).toEqual(['tokens', 'tokens']);
  expect(host.spans()).toHaveLength(1);
});

test.each(['return', 'throw'] as const)('ends with a generator that is ended by %s', async (method) => {
  const host = instrumentedHost();
  const generator = span('tokens', async function* () {
    yield 1;
  });
  await generator.next();
  expect(host.spans()).toHaveLength(0);
  const error = new Error('stop');
  const outcome = await generator[method](error as never).catch((thrown: unknown) => thrown);
  expect(method === 'throw' ? outcome : (outcome as IteratorReturnResult<unknown>).value).toBe(error);
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]?.status.code).toBe(method === 'throw' ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
});

test('ends with a loop that is left early', async () => {
  const host = instrumentedHost();
  const generator = span('tokens', async function* () {
    yield 1;
    yield 2;
  });
  for await (const token of generator) if (token === 1) break;
  expect(host.spans()).toHaveLength(1);
});

test('records the error of a generator, and passes the same one on', () => {
  const host = instrumentedHost();
  const error = new Error('out of tokens');
  const generator = span('tokens', function* () {
    yield 1;
    throw error;
  });
  let caught: unknown;
  try {
    for (const _ of generator);
  } catch (thrown) {
    caught = thrown;
  }
  expect(caught).toBe(error);
  expect(host.spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of tokens' });
});

test('ends with the iterator of an asynchronous iterable, also of a promise', async () => {
  const host = instrumentedHost();
  const iterable = {
    items: [1, 2],
    async *[Symbol.asyncIterator]() {
      yield* this.items;
    },
  };
  const result = await span('pages', async () => iterable);
  expect(result).toBe(iterable);
  expect(host.spans()).toHaveLength(0);
  const items: number[] = [];
  for await (const item of result) items.push(item);
  expect(items).toEqual([1, 2]);
  expect(host.spans()).toHaveLength(1);
});

test.each([[[1, 2]], [new Map([[1, 2]])], [new Map([[1, 2]]).entries()], [{ next: () => {} }], ['text']])(
  'ends at once with a collection in memory: %o',
  (collection) => {
    const host = instrumentedHost();
    expect(span('collection', () => collection as unknown)).toBe(collection);
    expect(host.spans()).toHaveLength(1);
  },
);

/** An asynchronous iterable of 1 and 2, without the methods that generators have. `step` makes the result of `next`. */
const counter = (
  step: (result: IteratorResult<number>) => unknown = (result) => Promise.resolve(result),
) => ({
  [Symbol.asyncIterator]() {
    let count = 0;
    return { next: () => step({ value: ++count, done: count > 2 }) as Promise<IteratorResult<number>> };
  },
});

test('ends with an iterator without return() whose loop is left early, and which still goes on', async () => {
  const host = instrumentedHost();
  const iterator = span('tokens', () => counter())[Symbol.asyncIterator]();
  const iterable = { [Symbol.asyncIterator]: () => iterator };
  for await (const token of iterable) if (token === 1) break;
  expect(host.spans()).toHaveLength(1);
  expect(await iterator.next()).toEqual({ value: 2, done: false });
});

test.each([
  ['promise-likes', (result: unknown) => ({ then: (done: (value: unknown) => void) => done(result) })],
  ['promises of a subclass', (result: unknown) => class extends Promise<unknown> {}.resolve(result)],
])('ends with an iterator whose steps are %s, the same objects', async (_what, step) => {
  const host = instrumentedHost();
  const steps: unknown[] = [];
  const iterable = span('tokens', () =>
    counter((result) => {
      steps.push(step(result));
      return steps.at(-1);
    }),
  );
  const iterator = iterable[Symbol.asyncIterator]();
  expect(iterator.next()).toBe(steps[0]);
  await iterator.next();
  expect(host.spans()).toHaveLength(0);
  await iterator.next();
  expect(host.spans()).toHaveLength(1);
});

test('records the error of a step that is a promise-like', async () => {
  const host = instrumentedHost();
  const error = new Error('no more');
  const refuse = () => ({ then: (_: unknown, fail: (error: unknown) => void) => fail(error) });
  const read = async () => {
    for await (const _ of span('tokens', () => counter(refuse)));
  };
  await expect(read()).rejects.toBe(error);
  expect(host.spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
});
