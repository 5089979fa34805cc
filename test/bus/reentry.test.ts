import { diag, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { attach, attachMany, detach, execute, listHandlers, span } from '../../src/index.js';
import { runModule } from '../helpers/child.js';
import { measured } from '../helpers/measured.js';
import { instrumentedHost } from '../helpers/sdk.js';

afterEach(() => {
  for (const { id } of listHandlers()) detach(id);
});

const publish = () => execute('snakepit.retry.backoff', { delay_ms: 1 }, { pool: 'p' });

test.each([1, 2, 5])(
  'detaches %i handlers that publish their own event, each reported once',
  { tags: ['H1'] },
  async (count) => {
    const host = instrumentedHost();
    let calls = 0;
    for (let i = 0; i < count; i++) {
      attach(`loop-${i}`, 'snakepit.retry.backoff', () => {
        calls++;
        publish();
      });
    }
    let others = 0;
    attach('other', 'snakepit.retry.backoff', () => {
      others++;
    });
    publish();
    expect(listHandlers().map(({ id }) => id)).toEqual(['other']);
    expect(calls).toBeLessThan(20 * count);
    measured('calls of each handler', calls / count);
    expect(await host.value('snakepit.telemetry.handler_failures.total')).toBe(count);
    const before = others;
    publish();
    expect(others).toBe(before + 1);
  },
);

test('detaches handlers whose events call each other in turn', { tags: ['H1'] }, () => {
  attach('there', 'snakepit.retry.backoff', () =>
    execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, {}),
  );
  attach('back', 'snakepit.retry.attempt', publish);
  publish();
  expect(listHandlers().length).toBeLessThan(2);
});

test('detaches a handler that starts the span whose start it receives', { tags: ['H1'] }, () => {
  const host = instrumentedHost();
  attach('start', 'myapp.operation.start', () => span('myapp.operation', () => {}));
  expect(span('myapp.operation', () => 'done')).toBe('done');
  expect(listHandlers()).toEqual([]);
  const spans = host.spans();
  expect(spans.length).toBeLessThan(20);
  expect(spans.every(({ ended }) => ended)).toBe(true);
});

test('keeps a handler whose event is published inside it a few times', () => {
  let left = 5;
  attach('countdown', 'snakepit.retry.backoff', () => {
    if (left-- > 0) publish();
  });
  publish();
  expect(left).toBe(-1);
  expect(listHandlers()).toHaveLength(1);
});

test('keeps a handler of two events whose handling nests', () => {
  attachMany('both', ['snakepit.retry.backoff', 'snakepit.retry.attempt'], ({ name }) => {
    if (name === 'snakepit.retry.attempt') publish();
  });
  execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, {});
  expect(listHandlers()).toHaveLength(1);
});

test('records an event once if the SDK of the host publishes it while it is recorded', async () => {
  const host = instrumentedHost();
  const outer = host.tracer.startSpan('outer');
  const addEvent = outer.addEvent.bind(outer);
  outer.addEvent = (...args) => {
    publish();
    publish();
    return addEvent(...(args as [string]));
  };
  const { context } = await import('@opentelemetry/api');
  context.with(trace.setSpan(context.active(), outer), publish);
  expect((outer as unknown as ReadableSpan).events).toHaveLength(1);
});

test.each(['sync', 'async'])(
  'survives a logger of diagnostics that throws (%s)',
  { tags: ['H2'] },
  async (how) => {
    const fail = () => {
      throw new Error('logger is closed');
    };
    diag.setLogger({ verbose: fail, debug: fail, info: fail, warn: fail, error: fail });
    onTestFinished(() => diag.disable());
    attach('bad', 'snakepit.retry.backoff', () =>
      how === 'sync' ? raise(new Error(`bad ${how}`)) : Promise.reject(new Error(`bad ${how}`)),
    );
    expect(publish).not.toThrow();
    await new Promise(setImmediate);
    expect(listHandlers()).toEqual([]);
  },
);

test('never starts a lazy operation that a handler returns', () => {
  let started = 0;
  const lazy = {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise-like
    then: () => {
      started++;
    },
  };
  attach('lazy', 'snakepit.retry.backoff', () => lazy);
  publish();
  expect(started).toBe(0);
});

test('a process with two handlers that publish their own event goes on', { tags: ['H1'] }, async () => {
  const { stdout, stderr, code } = await runModule(`
    import { attach, execute } from 'opentelemetry-instrumentation-snakepit';
    const publish = () => execute('myapp.event', {}, {});
    attach('a', 'myapp.event', publish);
    attach('b', 'myapp.event', publish);
    publish();
    console.log('alive');`);
  expect([stdout, stderr, code]).toEqual(['alive\n', '', 0]);
});

function raise(error: unknown): never {
  throw error;
}

const CHAINS = {
  'a promise': 'Promise.resolve().then(publish)',
  'process.nextTick()': 'process.nextTick(publish)',
  'queueMicrotask()': 'queueMicrotask(publish)',
  'two promises': 'Promise.resolve().then(publish); Promise.resolve().then(publish)',
  'two calls of setImmediate()': 'setImmediate(publish); setImmediate(publish)',
  'two calls of setTimeout()': 'setTimeout(publish); setTimeout(publish)',
};

test.each(Object.entries(CHAINS))(
  'detaches a handler whose events call it without end through %s',
  async (_, publishAgain) => {
    const { stdout, stderr, code } = await runModule(`
      import { attach, execute, listHandlers } from 'opentelemetry-instrumentation-snakepit';
      const publish = () => execute('snakepit.retry.backoff', { delay_ms: 1 }, {});
      let failures = 0;
      attach('failures', 'snakepit.telemetry.handler.failed', ({ metadata }) => {
        failures++;
        console.log(JSON.stringify(metadata));
      });
      attach('loop', 'snakepit.retry.backoff', () => { ${publishAgain} });
      publish();
      setTimeout(() => console.log(listHandlers().map(({ id }) => id).join(), failures), 1);
    `);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toContain(
      '{"handler_id":"loop","event":"snakepit.retry.backoff","error_type":"HandlerChainError"}',
    );
  },
);

test('keeps a handler that publishes its event once in every turn of the event loop', async () => {
  const { stdout } = await runModule(`
    import { attach, execute, listHandlers } from 'opentelemetry-instrumentation-snakepit';
    const publish = () => execute('snakepit.retry.backoff', { delay_ms: 1 }, {});
    let calls = 0;
    attach('poll', 'snakepit.retry.backoff', () => {
      if (++calls < 20_000) setImmediate(publish);
    });
    publish();
    process.on('exit', () => console.log(calls, listHandlers().length));
  `);
  expect(stdout).toBe('20000 1\n');
});

test('keeps a handler that receives bursts of events which it has not caused', async () => {
  const { stdout } = await runModule(`
    import { attach, execute, listHandlers } from 'opentelemetry-instrumentation-snakepit';
    let calls = 0;
    attach('count', 'snakepit.retry.backoff', async () => { calls++; await null; });
    for (let burst = 0; burst < 3; burst++) {
      for (let i = 0; i < 50_000; i++) execute('snakepit.retry.backoff', { delay_ms: 1 }, {});
      for (let i = 0; i < 50_000; i++) {
        await null;
        execute('snakepit.retry.backoff', { delay_ms: 1 }, {});
      }
      await new Promise(setImmediate);
    }
    console.log(calls, listHandlers().length);
  `);
  expect(stdout).toBe('300000 1\n');
});
