// Export of messages, tracebacks and other free text of user code.
import { expect, test } from 'vitest';
import { execute, reportPythonError, span } from '../src/index.js';
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
