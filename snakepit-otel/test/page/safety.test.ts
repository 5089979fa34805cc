import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from 'opentelemetry-instrumentation-snakepit';
import { expect, onTestFinished, test } from 'vitest';
import { secretTexts } from '../../../test/fixtures/secrets.js';
import { openStream, rawAnswer, startPage } from '../helpers/page.js';

const request = (headers: string, target = '/api/v1/snapshot', method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

/** Returns a folder with the files of a page. */
async function pageFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'app.js'), `console.log(${JSON.stringify('x'.repeat(2000))})`);
  await writeFile(join(folder, 'secret.txt'), 'secret');
  return folder;
}

test.each([
  'localhost',
  'localhost:4321',
  'LocalHost:80',
  '127.0.0.1:9',
  '[::1]:4321',
  'gpu.example:1',
  'GPU.example',
])('the host name %s is accepted', async (host) => {
  const { port } = await startPage({ allowHosts: ['gpu.example'] });
  expect(statusOf(await rawAnswer(port, request(`Host: ${host}\r\n`)))).toBe(200);
});

test.each([
  'evil.example',
  'evil.example:4321',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example@localhost',
  'localhost@evil.example',
  'localhost:80:80',
  '127.0.0.2',
  '0.0.0.0',
  '[::]',
  '10.0.0.1',
  'localhost/x',
  '',
])('the host name "%s" of a rebound name is refused', async (host) => {
  const { port } = await startPage();
  const answer = await rawAnswer(port, request(`Host: ${host}\r\n`));
  expect([400, 421]).toContain(statusOf(answer));
  expect(answer).not.toContain('"boot"');
});

test('a request without a host name is refused', async () => {
  const { port } = await startPage();
  expect(statusOf(await rawAnswer(port, request('')))).toBe(421);
  const old = await rawAnswer(port, 'GET /api/v1/snapshot HTTP/1.0\r\n\r\n');
  expect(old).toMatch(/^HTTP\/1\.1 421/);
});

test.each([
  ['same-origin', 200],
  ['none', 200],
  ['same-site', 403],
  ['cross-site', 403],
  ['anything', 403],
])('a request of the site %s is answered with %i', async (site, status) => {
  const { get, url } = await startPage();
  expect((await get('/api/v1/snapshot', { 'sec-fetch-site': site })).status).toBe(status);
  expect((await openStream(`${url}/api/v1/stream`, { 'sec-fetch-site': site })).status).toBe(status);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is refused', async (method) => {
  const { port } = await startPage();
  const answer = await rawAnswer(
    port,
    request('Host: localhost\r\nOrigin: http://evil.example\r\n', '/', method),
  );
  expect(statusOf(answer)).toBe(405);
  expect(answer).toMatch(/^allow: GET, HEAD$/im);
  expect(answer).not.toMatch(/^access-control-/im);
});

test('HEAD is answered without a body, also of a stream', async () => {
  const { port } = await startPage();
  for (const target of ['/api/v1/snapshot', '/api/v1/stream', '/api/v1/export']) {
    const answer = await rawAnswer(port, request('Host: localhost\r\n', target, 'HEAD'));
    expect(statusOf(answer)).toBe(200);
    expect(answer.split('\r\n\r\n')[1]).toBe('');
  }
});

test('every answer has the headers that keep a browser safe', async () => {
  const { get } = await startPage({ assets: await pageFolder() });
  for (const path of ['/', '/app.js', '/api/v1/snapshot', '/api/v1/export', '/nothing', '/api/v1/traces/1']) {
    const { headers } = await get(path);
    expect(Object.fromEntries(headers), path).toMatchObject({
      'content-security-policy':
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test.each([
  '/secret.txt',
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/app.js/../secret.txt',
  '//app.js',
  '/app.js%00',
  '/./app.js',
  '/index.html',
  '/api/v1/traces/../snapshot',
  '/api/v1/traces/%2e%2e',
  '/api/v1/__proto__',
  '/api/v1/errors/constructor',
])('the path %s leads nowhere', async (target) => {
  const { port } = await startPage({ assets: await pageFolder() });
  const answer = await rawAnswer(port, request('Host: localhost\r\n', target));
  expect(statusOf(answer)).toBe(404);
  expect(answer).not.toContain('\r\n\r\nsecret');
});

test('a target that is a URL is refused', async () => {
  const { port } = await startPage();
  const answer = await rawAnswer(port, request('Host: localhost\r\n', 'http://evil.example/api/v1/snapshot'));
  expect(statusOf(answer)).toBe(400);
});

test('the files of the page are compressed, and not sent again', async () => {
  const { get } = await startPage({ assets: await pageFolder() });
  const script = await get('/app.js', { 'accept-encoding': 'gzip' });
  expect(script.headers.get('content-encoding')).toBe('gzip');
  expect(await script.text()).toContain('xxx');
  const again = await get('/app.js', { 'if-none-match': script.headers.get('etag') ?? '' });
  expect(again.status).toBe(304);
});

test('without its files the page says so', async () => {
  const { get } = await startPage();
  const answer = await get('/');
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('/api/v1/snapshot');
});

test('the token is asked for, taken from the address once, and kept in a cookie that scripts and other sites cannot use', async () => {
  const token = 'f00dbabe'.repeat(4);
  const { url, get, port } = await startPage({ token, assets: await pageFolder() });
  for (const path of ['/', '/app.js', '/api/v1/snapshot', '/api/v1/stream']) {
    expect((await get(path)).status).toBe(401);
  }
  for (const wrong of ['', 'f00d', token.slice(1), `${token}0`, token.toUpperCase()]) {
    expect((await get(`/?token=${wrong}`)).status, wrong).toBe(401);
  }
  const redirect = await fetch(`${url}/?token=${token}`, { redirect: 'manual' });
  expect(redirect.status).toBe(303);
  expect(redirect.headers.get('location')).toBe('/');
  const cookie = redirect.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
  const [pair = ''] = cookie.split(';');
  expect((await get('/', { cookie: `other=1; ${pair}` })).status).toBe(200);
  expect((await get('/api/v1/snapshot', { cookie: pair })).status).toBe(200);
  expect((await get('/api/v1/snapshot', { cookie: `${pair}x` })).status).toBe(401);
  expect((await get('/api/v1/snapshot', { authorization: `Bearer ${token}` })).status).toBe(200);
  expect((await get('/api/v1/snapshot', { authorization: `Bearer ${token}x` })).status).toBe(401);
  // Not in the address of data: it would end in logs.
  expect((await get(`/api/v1/snapshot?token=${token}`)).status).toBe(401);
  const answer = await rawAnswer(port, request(`Host: evil.example\r\nAuthorization: Bearer ${token}\r\n`));
  expect(statusOf(answer)).toBe(421);
});

test('secrets in spans, events and errors are redacted', async () => {
  const { snapshot, get, tracer } = await startPage({ includeSensitive: true });
  tracer.startActiveSpan('root', (root) => {
    for (const { text } of secretTexts) {
      tracer.startActiveSpan(text, { attributes: { note: text } }, (each) => {
        each.addEvent('happened', { note: text });
        each.recordException(new Error(text));
        each.setStatus({ code: 2, message: text });
        each.end();
      });
      const metadata = {
        type: 'ValueError',
        message: text,
        traceback: text,
        operation: text,
        worker_id: text,
      };
      execute('snakepit.error.python_exception', {}, metadata);
      execute('snakepit.circuit_breaker.opened', { failure_count: 1 }, { pool: text });
    }
    root.end();
  });
  const state = await snapshot();
  expect(state.traces).toHaveLength(1);
  expect(state.traces[0]?.spans).toBe(secretTexts.length + 1);
  expect(state.errors.length).toBeGreaterThanOrEqual(100);
  const details = [
    ...state.traces.map(({ id }) => `traces/${id}`),
    ...state.errors.map(({ id }) => `errors/${id}`),
    'export?kind=traces',
    'export?kind=events&format=csv',
    'export?kind=errors',
  ];
  const bodies = [JSON.stringify(state)];
  for (const path of details) bodies.push(await (await get(`/api/v1/${path}`)).text());
  const shown = bodies.join('\n');
  expect(shown).toContain('[redacted]');
  // Some have the secret "pass", which other words contain.
  const leaked = secretTexts.filter(({ secrets }) =>
    secrets.some((secret) => secret !== 'pass' && shown.includes(secret)),
  );
  expect(leaked.map(({ what }) => what)).toEqual([]);
});

test('messages and tracebacks of workers are left out unless the host includes them', async () => {
  const raise = () =>
    execute(
      'snakepit.error.python_exception',
      {},
      { type: 'ValueError', message: 'the text of a user', traceback: 'the traceback' },
    );
  const hidden = await startPage();
  raise();
  const [error] = (await hidden.snapshot()).errors;
  expect(error).toMatchObject({
    kind: 'python_exception',
    type: 'ValueError',
    message: 'Unclassified Python exception',
  });
  expect(await (await hidden.get(`/api/v1/errors/${error?.id}`)).json()).not.toHaveProperty('traceback');
  const shown = await startPage({ includeSensitive: true });
  raise();
  const [other] = (await shown.snapshot()).errors;
  expect(other).toMatchObject({ message: 'the text of a user' });
  expect(await (await shown.get(`/api/v1/errors/${other?.id}`)).json()).toMatchObject({
    traceback: 'the traceback',
  });
});
