import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import { beforeCollection } from '../../../src/bus/collection.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const filename = fileURLToPath(new URL('./programs/tasks.cjs', import.meta.url));

/** Starts a pool that has one thread, and is instrumented, as a host that loads the library first. */
function observedPool(options: ConstructorParameters<typeof Piscina>[0] = {}, Pool = Piscina) {
  const { tracer, spans } = instrumentedHost({
    instrumentations: { piscina: { endHook: (span) => span.setAttribute('ended', true) } },
  });
  const pool = new Pool({ filename, name: 'double', minThreads: 1, maxThreads: 1, ...options });
  onTestFinished(() => pool.destroy());
  let openTasks: unknown;
  onTestFinished(
    listen('snakepit.pool.status', ({ measurements }) => {
      openTasks = Object(measurements).busy_workers;
    }),
  );
  return {
    pool,
    /** Runs tasks in a request. Returns what they threw. */
    failure: (run: () => unknown) =>
      tracer.startActiveSpan('request', async (span) => {
        try {
          return await run();
        } catch (error) {
          return { error };
        } finally {
          span.end();
        }
      }),
    /** Returns the classes of the errors of the spans that ended. */
    errorTypes: () =>
      spans()
        .filter(({ name, attributes }) => name !== 'request' && attributes.ended === true)
        .map(({ attributes }) => attributes['error.type']),
    openTasks: () => {
      beforeCollection();
      return openTasks;
    },
  };
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = (key: string) =>
  Object.defineProperty(new RangeError('mine'), key, {
    get() {
      throw new Error('not readable');
    },
  });

test.for<[string, () => unknown, string]>([
  ['a revoked proxy', revoked, 'object'],
  ['an error without a readable message', () => throwing('message'), 'RangeError'],
  ['an error without a readable name', () => throwing('name'), 'Error'],
  ['undefined', () => undefined, 'undefined'],
  ['an object whose message is a symbol', () => ({ message: Symbol('mine') }), 'object'],
])('a task that fails with %s ends its span, and no longer counts', async ([, create, type]) => {
  const { pool, failure, errorTypes, openTasks } = observedPool();
  const thrown = create();
  const input = {
    get value() {
      throw thrown;
    },
  };
  // To compare, or to show, a revoked proxy throws.
  const outcome = await failure(() => pool.run(input));
  expect(Object.is(Object(outcome).error, thrown)).toBe(true);
  expect(errorTypes()).toEqual([type]);
  expect(openTasks()).toBe(0);
});

const error = new TypeError('mine');
const fail = () => {
  throw error;
};

test.for<[string, ConstructorParameters<typeof Piscina>[0], object]>([
  [
    'options',
    {},
    {
      get signal(): never {
        return fail();
      },
    },
  ],
  ['load balancer', { loadBalancer: (_task) => fail() }, {}],
])(
  'a task that the %s of the host refuses ends its span, and no longer counts',
  async ([, options, runOptions]) => {
    const { pool, failure, errorTypes, openTasks } = observedPool(options);
    expect(await failure(() => pool.run(1, runOptions))).toEqual({ error });
    expect(errorTypes()).toEqual(['TypeError']);
    expect(openTasks()).toBe(0);
  },
);

test('a handler that submits a task when a thread has received one leaves the order of the pool as it is', async () => {
  const { pool, failure } = observedPool();
  let nested: Promise<unknown> | undefined;
  let waiting: number | undefined;
  onTestFinished(
    listen('snakepit.pool.call.dispatched', () => {
      if (nested !== undefined) return;
      nested = pool.run(2);
      waiting = pool.queueSize;
    }),
  );
  expect(await failure(() => pool.run(1))).toBe(2);
  expect(await nested).toBe(4);
  expect(waiting).toBe(1);
});

test('a task that a pool refuses ends its span, also if a class of the host overrides what is read', async () => {
  class Unreadable extends Piscina {
    override get queueSize(): number {
      return fail();
    }
  }
  const { pool, failure, errorTypes, openTasks } = observedPool({ maxQueue: 1 }, Unreadable);
  const outcomes = await failure(() => Promise.allSettled([1, 2, 3].map((input) => pool.run(input))));
  expect(outcomes).toMatchObject([{ value: 2 }, { value: 4 }, { status: 'rejected' }]);
  expect(errorTypes()).toEqual(['Error', undefined, undefined]);
  expect(openTasks()).toBeUndefined();
});

test('a thread that ends during its tasks is one crash, on the span of the first one', async () => {
  const { pool, failure, errorTypes } = observedPool({ concurrentTasksPerWorker: 3 });
  const crashes: unknown[] = [];
  onTestFinished(listen('snakepit.worker.crash', ({ metadata }) => crashes.push(metadata)));
  const outcomes = await failure(() =>
    Promise.allSettled([
      pool.run(0, { name: 'hang' }),
      pool.run(0, { name: 'hang' }),
      pool.run(9, { name: 'exit' }),
    ]),
  );
  const reason = new Error('worker exited with code: 9');
  expect(outcomes).toEqual(new Array(3).fill({ status: 'rejected', reason }));
  expect(errorTypes()).toEqual(['Error', 'Error', 'Error']);
  expect(crashes).toEqual([
    { pool: 'tasks', worker_id: expect.stringMatching(/^tasks_\d+$/), reason, exit_code: 9 },
  ]);
});
