import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, expectTypeOf, test } from 'vitest';
import { attach, attachMany, detach, execute, HandlerExistsError, listHandlers } from '../../src/index.js';

declare module '../../src/catalog/event-map.js' {
  interface EventMap {
    'myapp.batch.done': { measurements: { items: number }; metadata: { model?: string } };
  }
}

afterEach(() => {
  for (const { id } of listHandlers()) detach(id);
});

test('passes name, measurements and metadata to a handler unchanged', () => {
  const received: unknown[] = [];
  attach('gpu', 'snakepit.gpu.memory.sampled', ({ name, measurements, metadata }) => {
    expectTypeOf(measurements.used_mb).toEqualTypeOf<number>();
    received.push([name, measurements, metadata]);
  });
  const measurements = { used_mb: 1, total_mb: 2, free_mb: 1 };
  const metadata = { device: 'cuda:0' };
  execute('snakepit.gpu.memory.sampled', measurements, metadata);
  expect(received).toEqual([['snakepit.gpu.memory.sampled', measurements, metadata]]);
});

test('accepts an event without metadata', () => {
  const received: object[] = [];
  attach('closed', 'snakepit.circuit_breaker.closed', ({ metadata }) => received.push(metadata));
  execute('snakepit.circuit_breaker.closed', {});
  expect(received).toEqual([{}]);
});

test('types events of the host by declaration merging', () => {
  const items: number[] = [];
  attach('own', 'myapp.batch.done', ({ measurements }) => items.push(measurements.items));
  execute('myapp.batch.done', { items: 3 }, { model: 'resnet' });
  expect(items).toEqual([3]);
});

test('accepts an id once, and again after detaching it', () => {
  attach('unique', 'snakepit.error.oom', () => {});
  expect(() => attach('unique', 'snakepit.error.oom', () => {})).toThrow(HandlerExistsError);
  expect(() => attach('unique', 'snakepit.error.oom', () => {})).toThrow("'unique'");
  expect(detach('unique')).toBe(true);
  expect(detach('unique')).toBe(false);
  expect(() => attach('unique', 'snakepit.error.oom', () => {})).not.toThrow();
});

test('attaches one handler to several events, and lists it with them', () => {
  const names: string[] = [];
  attachMany('many', ['snakepit.error.oom', 'snakepit.error.device'], ({ name }) => names.push(name));
  execute('snakepit.error.oom', {}, { device: 'cuda:0' });
  execute('snakepit.error.device', {}, {});
  expect(names).toEqual(['snakepit.error.oom', 'snakepit.error.device']);
  expect(listHandlers('snakepit.error.device')).toEqual([
    { id: 'many', events: ['snakepit.error.oom', 'snakepit.error.device'] },
  ]);
  expect(listHandlers('snakepit.error.dtype_mismatch')).toEqual([]);
});

test.each([
  [
    'throws',
    () => {
      throw new TypeError('broken handler');
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('broken handler'))],
])(
  'a handler that %s is detached and announced, and neither publisher nor other handlers notice',
  async (_how, fail) => {
    const failures: unknown[] = [];
    let others = 0;
    attach('bad', 'snakepit.retry.exhausted', fail);
    attach('good', 'snakepit.retry.exhausted', () => {
      others++;
    });
    attach('watch', 'snakepit.telemetry.handler.failed', ({ metadata }) => failures.push(metadata));

    const publish = () =>
      execute('snakepit.retry.exhausted', { attempts: 3, total_duration: 0 }, { pool: 'p' });
    expect(publish).not.toThrow();
    await new Promise(setImmediate);
    expect(publish).not.toThrow();
    await new Promise(setImmediate);

    expect(others).toBe(2);
    expect(failures).toEqual([
      { handler_id: 'bad', event: 'snakepit.retry.exhausted', error_type: 'TypeError' },
    ]);
    expect(listHandlers().map(({ id }) => id)).toEqual(['good', 'watch']);
  },
);

test('publishes each event on the diagnostics channel of its name, for subscribers without this package', () => {
  const messages: unknown[] = [];
  const listener = (message: unknown) => messages.push(message);
  channel('snakepit.retry.backoff').subscribe(listener);
  execute('snakepit.retry.backoff', { delay_ms: 5 }, { pool: 'p' });
  channel('snakepit.retry.backoff').unsubscribe(listener);
  expect(messages).toMatchObject([
    { name: 'snakepit.retry.backoff', measurements: { delay_ms: 5 }, metadata: { pool: 'p' } },
  ]);
});

test('keeps names of equal length apart', () => {
  const names: string[] = [];
  attachMany('both', ['snakepit.hardware.cache.hit', 'snakepit.error.oom'], ({ name }) => names.push(name));
  attach('same-length', 'aaa.start', ({ name }) => names.push(name));
  attach('same-length-2', 'bbb.start', ({ name }) => names.push(name));
  for (let i = 0; i < 2; i++) {
    execute('aaa.start', {});
    execute('bbb.start', {});
  }
  expect(names).toEqual(['aaa.start', 'bbb.start', 'aaa.start', 'bbb.start']);
});

test('calls a handler once for an event that is listed twice', () => {
  let calls = 0;
  attachMany('twice', ['snakepit.error.oom', 'snakepit.error.oom'], () => calls++);
  execute('snakepit.error.oom', {}, { device: 'cuda:0' });
  expect(calls).toBe(1);
  expect(listHandlers()).toEqual([{ id: 'twice', events: ['snakepit.error.oom'] }]);
});

test('keeps a handler whose promise is of a subclass that forbids to derive from it', () => {
  class Closed extends Promise<void> {
    static override get [Symbol.species](): PromiseConstructor {
      throw new Error('not here');
    }
  }
  let calls = 0;
  attach('closed', 'snakepit.error.oom', () => {
    calls++;
    return Closed.resolve();
  });
  for (let i = 0; i < 2; i++) execute('snakepit.error.oom', {}, { device: 'cuda:0' });
  expect(calls).toBe(2);
});
