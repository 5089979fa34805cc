import { diag, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  attachLogger,
  attachMany,
  detach,
  detachLogger,
  endSpan,
  endSpanException,
  execute,
  listHandlers,
  span,
  startSpan,
} from '../../src/index.js';
import { instrumentedHost } from '../helpers/sdk.js';

afterEach(() => {
  detachLogger();
  for (const { id } of listHandlers()) detach(id);
});

const refuse = () => {
  throw new Error('unreadable');
};
const refusingProxy = () =>
  new Proxy(new Error('inside'), {
    get: refuse,
    getPrototypeOf: refuse,
    has: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  });
const withGetter = (key: string) => Object.defineProperty(new Error('readable'), key, { get: refuse });
const printer = () => Object.assign(new Error(), { message: { toString: refuse } });

/** Values that a function may throw, with the message that can be read. */
const ERRORS: [string, () => unknown, string][] = [
  ['an error whose message throws', () => withGetter('message'), '[unreadable]'],
  ['an error whose name throws', () => withGetter('name'), 'readable'],
  ['an error whose stack throws', () => withGetter('stack'), 'readable'],
  ['an error whose message cannot be printed', printer, '[unreadable]'],
  ['an error without a prototype', () => Object.setPrototypeOf(new Error('readable'), null), 'readable'],
  ['an object without a prototype', () => Object.create(null), '{}'],
  ['a Proxy that refuses everything', refusingProxy, '[unprintable]'],
  ['a symbol', () => Symbol('odd'), 'Symbol(odd)'],
  ['nothing', () => undefined, 'undefined'],
];

test.each(ERRORS)(
  'passes on %s, the same object, and records what can be read',
  { tags: ['H2'] },
  async (_what, make, message) => {
    const host = instrumentedHost();
    attachLogger({ logger: { ...console, debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() } });
    attachMany('watch', ['myapp.operation.exception'], () => {});
    const error = make();
    const caught = (run: () => unknown) => {
      try {
        run();
      } catch (thrown) {
        return thrown;
      }
      return 'nothing thrown';
    };
    const throwIt = () => {
      throw error;
    };
    expect(
      Object.is(
        caught(() => span('myapp.operation', throwIt)),
        error,
      ),
    ).toBe(true);
    let rejection: unknown = 'none';
    await span('myapp.operation', async () => throwIt()).catch((thrown: unknown) => {
      rejection = thrown;
    });
    expect(Object.is(rejection, error)).toBe(true);
    expect(() => endSpanException(startSpan('myapp.operation'), error)).not.toThrow();
    expect(host.spans().map(({ status }) => status)).toEqual(
      Array(3).fill({ code: SpanStatusCode.ERROR, message }),
    );
  },
);

test.each(ERRORS)(
  'detaches a handler that throws or rejects with %s',
  { tags: ['H2'] },
  async (_what, make) => {
    const host = instrumentedHost();
    attachMany('throws', ['snakepit.retry.backoff'], () => {
      throw make();
    });
    attachMany('rejects', ['snakepit.retry.backoff'], () => Promise.reject(make()));
    execute('snakepit.retry.backoff', { delay_ms: 1 }, {});
    await new Promise(setImmediate);
    expect(listHandlers()).toEqual([]);
    expect(await host.value('snakepit.telemetry.handler_failures.total')).toBe(2);
  },
);

test('ends the span if Error.prepareStackTrace throws', { tags: ['H2'] }, () => {
  const host = instrumentedHost();
  const before = Error.prepareStackTrace;
  onTestFinished(() => {
    Error.prepareStackTrace = before;
  });
  const error = new RangeError('too long');
  let caught: unknown;
  Error.prepareStackTrace = refuse;
  try {
    span('myapp.operation', () => {
      throw error;
    });
  } catch (thrown) {
    caught = thrown;
  }
  Error.prepareStackTrace = before;
  expect(caught).toBe(error);
  expect(host.spans()[0]).toMatchObject({
    status: { message: 'too long' },
    attributes: { 'error.type': 'RangeError' },
  });
});

const metadata = () => ({
  pool: 'p',
  get broken() {
    return refuse();
  },
  device: 'cuda:0',
});

test.each(['without an SDK', 'with an SDK'])(
  'runs the function if a getter in metadata throws, %s',
  { tags: ['H2'] },
  (how) => {
    const host = how === 'with an SDK' ? instrumentedHost({ spanGpu: 'auto' }) : undefined;
    const received: unknown[] = [];
    attachMany('watch', ['myapp.operation.exception'], ({ metadata: { pool } }) => received.push(pool));
    const error = new Error('own');
    expect(span('myapp.operation', metadata(), () => 'ran')).toBe('ran');
    expect(() =>
      span('myapp.operation', metadata(), () => {
        throw error;
      }),
    ).toThrow(error);
    endSpan(startSpan('myapp.operation', metadata()), metadata());
    expect(received).toEqual(['p']);
    for (const { attributes } of host?.spans() ?? []) {
      expect(attributes).toMatchObject({ 'snakepit.pool': 'p', 'snakepit.device': 'cuda:0' });
    }
    expect(host?.spans().length ?? 3).toBe(3);
  },
);

test('runs the function with metadata that refuses everything', () => {
  const host = instrumentedHost({ spanGpu: 'auto' });
  expect(span('myapp.operation', refusingProxy() as never, () => 'ran')).toBe('ran');
  expect(span('myapp.operation', null as never, () => 'ran')).toBe('ran');
  expect(host.spans()).toHaveLength(2);
});

test('publishes every cataloged kind of event with hostile metadata', async () => {
  instrumentedHost({ logLevel: 'debug' });
  attachLogger({ logger: { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() } });
  const publish = execute as (name: string, measurements: object, metadata: object) => void;
  for (const name of [
    'snakepit.gpu.memory.sampled',
    'snakepit.gpu.process.sampled',
    'snakepit.gpu.device.lost',
    'snakepit.circuit_breaker.opened',
    'snakepit.error.oom',
  ]) {
    publish(name, {}, refusingProxy());
    publish(name, refusingProxy(), {});
    publish(name, { used_mb: { valueOf: refuse } }, metadata());
  }
  // An error that reached the publisher's event loop would fail the test.
  await new Promise(setImmediate);
});

test('runs the function if the SDK or its diagnostics throw', { tags: ['H2'] }, () => {
  const host = instrumentedHost();
  diag.setLogger({ verbose: refuse, debug: refuse, info: refuse, warn: refuse, error: refuse });
  onTestFinished(() => diag.disable());
  // The SDK logs that the span has ended already.
  expect(
    span('myapp.operation', (otelSpan) => {
      otelSpan.end();
      return 'ran';
    }),
  ).toBe('ran');
  const start = vi.spyOn(host.instrumentation['tracer' as never] as { startSpan(): void }, 'startSpan');
  start.mockImplementation(refuse);
  expect(span('myapp.operation', () => 'ran')).toBe('ran');
});

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable<object>({}, {});
  revoke();
  return proxy;
};
/** Records the warnings of the package. */
function recordWarnings(): () => string[] {
  const warnings: string[] = [];
  const ignore = () => {};
  const warn = (...parts: unknown[]) => void warnings.push(parts.join(' '));
  const logger = { verbose: ignore, debug: ignore, info: ignore, error: ignore, warn };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  return () => warnings;
}

const NAMES = [undefined, null, 7, Symbol('s'), Object.create(null), revoked()];

test('runs the operation whatever the name of its span is', () => {
  instrumentedHost();
  const fail = () => {
    throw new Error('mine');
  };
  for (const name of NAMES as never[]) {
    expect(span(name, {}, () => 'done')).toBe('done');
    expect(() => span(name, {}, fail)).toThrow('mine');
    expect(() => endSpan(startSpan(name))).not.toThrow();
    expect(() => execute(name, {} as never, {} as never)).not.toThrow();
  }
});

test('warns about options of a span that do not exist, and about values that are no GPU', () => {
  const warnings = recordWarnings();
  instrumentedHost();
  const options = [null, 7, 'auto', { gpus: 'auto' }, { gpu: 'gpu:0' }, { gpu: 0n }, { gpu: {} }, revoked()];
  for (const each of options) {
    expect(span('myapp.operation', {}, () => 'done', each as never)).toBe('done');
    endSpan(startSpan('myapp.operation', {}, each as never));
  }
  expect(
    warnings().filter((text) => text.includes('Unknown option of a span: gpus. Allowed: gpu')),
  ).toHaveLength(1);
  expect(
    warnings().filter((text) => text.includes('Invalid option gpu of a span: gpu:0. Allowed: auto')),
  ).toHaveLength(1);
});

test('ignores the end of what is no span', () => {
  for (const value of [...NAMES, {}, { close: 7 }]) {
    expect(() => endSpan(value as never)).not.toThrow();
    expect(() => endSpanException(value as never, new Error('mine'))).not.toThrow();
  }
});

test('returns a Proxy that was revoked', () => {
  const host = instrumentedHost();
  const proxy = revoked();
  const isSame = span('myapp.operation', () => proxy) === proxy;
  expect(isSame).toBe(true);
  expect(host.spans()).toHaveLength(1);
});

test('cuts a name that no backend would show', () => {
  const host = instrumentedHost();
  span('x'.repeat(1_000_000), () => {});
  expect(host.spans()[0]?.name).toHaveLength(1024);
});
