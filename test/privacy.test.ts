// Export of messages, tracebacks and other free text of user code.

import { diag } from '@opentelemetry/api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogEvents } from '../src/catalog/events/index.js';
import {
  attach,
  attachLogger,
  defineEvent,
  detachLogger,
  execute,
  reportPythonError,
  span,
  spanEvent,
  spanException,
} from '../src/index.js';
import { secretTexts } from './fixtures/secrets.js';
import { measured } from './helpers/measured.js';
import { instrumentedHost } from './helpers/sdk.js';

const SECRET = 'hunter2-Xy7';
const error = {
  type: 'ConnectionError',
  message: `cannot reach postgres://admin:${SECRET}@db/models`,
  traceback: `Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    connect(password="${SECRET}")\nConnectionError: no`,
};

const everything = (host: ReturnType<typeof instrumentedHost>) =>
  JSON.stringify([
    host.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    host.logs().map(({ body, attributes }) => ({ body, attributes })),
  ]);

async function fail() {
  await span('load.model', {}, async () => reportPythonError(error));
  execute(
    'snakepit.python.call.exception',
    { duration: 5 },
    { command: 'load', error_type: 'E', error_message: error.message },
  );
}

test('keeps messages and tracebacks in the process', async () => {
  const host = instrumentedHost({ logLevel: 'debug' });
  await fail();
  const exported = everything(host);
  expect(exported).toContain('snakepit.error.python_exception');
  expect(exported).not.toContain('cannot reach');
  expect(exported).not.toContain('Traceback');
  expect(exported).not.toContain(SECRET);
});

test('exports them without secrets if enabled', async () => {
  const host = instrumentedHost({ logLevel: 'debug', includeSensitive: true });
  await fail();
  const exported = everything(host);
  expect(exported).toContain('cannot reach postgres://[redacted]@db/models');
  expect(exported).toContain('Traceback');
  expect(exported).toContain('connect(password=[redacted]');
  expect(exported).not.toContain(SECRET);
});

test('truncates them without leaving part of a secret', async () => {
  const host = instrumentedHost({ logLevel: 'debug', includeSensitive: true });
  const message = `${'x'.repeat(1015)} password=${SECRET}`;
  await span('load.model', {}, async () => reportPythonError({ type: 'ValueError', message }));
  const [failed] = host.spans();
  const exported = failed?.events[0]?.attributes?.['snakepit.message'];
  expect(String(exported)).toHaveLength(1024);
  expect(String(exported)).not.toContain('hunter');
});

test('redacts secrets in an exception of a span', async () => {
  const host = instrumentedHost();
  const thrown = new Error(`cannot reach postgres://admin:${SECRET}@db/models`);
  await expect(
    span('load.model', {}, async () => {
      throw thrown;
    }),
  ).rejects.toBe(thrown);
  expect(thrown.message).toContain(SECRET);
  const exported = everything(host);
  expect(exported).toContain('cannot reach postgres://[redacted]@db/models');
  expect(exported).not.toContain(SECRET);
});

// Secrets under any key, in what every recorder exports.
const keysOf: readonly (readonly [event: string, keys: readonly string[]])[] = [
  ...catalogEvents.map(([name, { metadata }]) => [name, Object.keys(metadata)] as const),
  ['myapp.open', ['anything']],
  ['myapp.open.exception', ['reason']],
];
const ownEvents = {
  'myapp.open': defineEvent({ trace: spanEvent, log: { level: 'info' } }),
  'myapp.open.exception': defineEvent({ trace: spanException('myapp.open'), log: { level: 'error' } }),
  'myapp.message': defineEvent({
    trace: spanEvent,
    log: { message: (_, t) => String((t as { text?: string }).text) },
  }),
};
const lines: string[] = [];
const logger = {
  bindings: () => ({}),
  debug: (fields: object, line: string) => lines.push(line, JSON.stringify(fields)),
  info: (fields: object, line: string) => lines.push(line, JSON.stringify(fields)),
  warn: (fields: object, line: string) => lines.push(line, JSON.stringify(fields)),
  error: (fields: object, line: string) => lines.push(line, JSON.stringify(fields)),
};

async function exportedMetadata(
  host: ReturnType<typeof instrumentedHost>,
  name: string,
  metadata: Record<string, unknown>,
): Promise<string> {
  host.forget();
  lines.length = 0;
  host.tracer.startActiveSpan('operation', (active) => {
    execute(name as 'x.start', {}, metadata);
    active.end();
  });
  const labels = (await host.metrics()).flatMap(({ dataPoints }) =>
    dataPoints.map(({ attributes }) => attributes),
  );
  return everything(host) + JSON.stringify([lines, labels]);
}

describe.each([
  ['by default', false],
  ['with includeSensitive', true],
])('no secret leaves under any key, %s', (_when, includeSensitive) => {
  test.each(keysOf)('%s', async (name, keys) => {
    const host = instrumentedHost({ logLevel: 'debug', includeSensitive, events: ownEvents });
    attachLogger({ logger, includeSensitive });
    onTestFinished(detachLogger);
    const secret = `gh${'p_'}${'Ab1'.repeat(12)}`;
    for (const value of [
      `failed: password=${SECRET} with ${secret}`,
      [`password=${SECRET}`, secret],
      { config: { headers: { Authorization: `Bearer ${SECRET}` } }, url: `https://u:${SECRET}@h` },
      Object.assign(new Error(`password=${SECRET}`), { name: `password=${SECRET}` }),
    ]) {
      const metadata = Object.fromEntries(keys.map((key) => [key, value]));
      const exported = await exportedMetadata(host, name, metadata);
      expect(exported).not.toContain(SECRET);
      expect(exported).not.toContain(secret);
    }
  });
});

test('no secret of a published format leaves', { tags: ['H12', 'H13'] }, async () => {
  const host = instrumentedHost({ logLevel: 'debug', events: ownEvents });
  attachLogger({ logger });
  onTestFinished(detachLogger);
  for (const { text, secrets, what } of secretTexts) {
    const thrown = Object.assign(new Error(text), { name: text });
    expect(() =>
      span('operation', { text, nested: { list: [text] }, list: [text] }, () => {
        execute(
          'snakepit.retry.exhausted',
          { attempts: 1, total_duration: 0 },
          { last_error: text, pool: text },
        );
        execute('snakepit.circuit_breaker.call.failure', { duration: 1 }, { error: text, pool: text });
        execute('myapp.open' as 'x.start', {}, { text });
        execute('myapp.message' as 'x.start', {}, { text });
        throw thrown;
      }),
    ).toThrow(thrown);
    const exported = everything(host) + JSON.stringify(lines);
    for (const secret of secrets) {
      expect(exported, what).not.toContain(secret);
      expect(exported, what).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    host.forget();
    lines.length = 0;
  }
  measured('shapes of secrets', secretTexts.length);
});

test('errors are class names, and their text only if asked for', { tags: ['H12'] }, async () => {
  const failAll = () =>
    span('operation', () => {
      execute(
        'snakepit.retry.exhausted',
        { attempts: 1, total_duration: 0 },
        { last_error: 'TypeError: user text' },
      );
      execute(
        'snakepit.circuit_breaker.call.failure',
        { duration: 1 },
        { error: new RangeError('user text') },
      );
      execute(
        'snakepit.grpc_worker.execute.exception',
        { duration: 1, monotonic_time: 1 },
        { reason: 'user text' },
      );
      execute('myapp.open.exception', {}, { reason: new SyntaxError('user text') });
    });
  const host = instrumentedHost({ logLevel: 'debug', events: ownEvents });
  failAll();
  const exported = everything(host);
  for (const name of ['TypeError', 'RangeError', 'SyntaxError']) expect(exported).toContain(name);
  expect(exported).not.toContain('user text');
  host.instrumentation.disable();
  const open = instrumentedHost({ logLevel: 'debug', includeSensitive: true, events: ownEvents });
  failAll();
  expect(everything(open).match(/user text/g)?.length).toBeGreaterThanOrEqual(4);
});

// Characters that move the cursor, recolor, or hide text of a terminal.
const HOSTILE = 'a\u001b[2J\u001b]0;title\u0007\r\nb\u0085\u009b31m\u2028\u202e\u2066\u0000c';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test.each(keysOf)('a line of %s with control characters is one line', { tags: ['H14'] }, (name, keys) => {
  const host = instrumentedHost({ logLevel: 'debug', includeSensitive: true, events: ownEvents });
  const written: string[] = [];
  const write = (line: string) => written.push(line);
  attachLogger({ logger: { debug: write, info: write, warn: write, error: write }, includeSensitive: true });
  onTestFinished(detachLogger);
  const value = HOSTILE + 'x'.repeat(100_000);
  execute(name as 'x.start', {}, Object.fromEntries(keys.map((key) => [key, value])));
  for (const line of [...written, ...host.logs().map(({ body }) => String(body))]) {
    expect(line).not.toMatch(CONTROL);
    expect(line.length).toBeLessThanOrEqual(1280);
    measured('characters of a line', line.length);
  }
});

test('warnings are one line without control characters and secrets', { tags: ['H14'] }, () => {
  const warnings: string[] = [];
  const log = (line: string) => void warnings.push(line);
  diag.setLogger({
    error: log,
    warn: (_name: string, ...args: unknown[]) => log(String(args[0])),
    info: log,
    debug: log,
    verbose: log,
  });
  onTestFinished(() => diag.disable());
  attach(`handler ${HOSTILE}`, 'myapp.open' as 'x.start', () => {
    throw new Error(`${HOSTILE} password=${SECRET} ${'x'.repeat(10_000)}`);
  });
  execute('myapp.open' as 'x.start', {}, {});
  expect(warnings.length).toBeGreaterThan(0);
  for (const line of warnings) {
    expect(line).not.toMatch(CONTROL);
    expect(line).not.toContain(SECRET);
    expect(line.length).toBeLessThanOrEqual(2048);
  }
});

test('the processes of a GPU that an error lists have clean names', () => {
  const host = instrumentedHost();
  execute(
    'snakepit.gpu.memory.sampled',
    { used_mb: 1, total_mb: 2, free_mb: 1 },
    { device: 'cuda:0', interval_ms: 60_000 },
  );
  execute(
    'snakepit.gpu.process.sampled',
    { used_mb: 1 },
    {
      device: 'cuda:0',
      pid: 1,
      process: `python --password ${SECRET} ${HOSTILE}${'x'.repeat(10_000)}`,
      interval_ms: 60_000,
    },
  );
  span('operation', () => execute('snakepit.error.oom', {}, { device: 'cuda:0' }));
  const attributes = host.spans()[0]?.events[0]?.attributes ?? {};
  const [name] = (attributes['snakepit.gpu.processes.name'] ?? []) as string[];
  expect(name).toContain('python --password [redacted]');
  expect(name).not.toContain('\u001b');
  expect(name?.length).toBeLessThanOrEqual(256);
});
