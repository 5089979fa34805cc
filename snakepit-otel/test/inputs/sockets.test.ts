import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { MAX_CONNECTIONS, MAX_PRODUCERS } from '../../src/inputs/limits.js';
import {
  connectTo,
  eventually,
  line,
  numbered,
  received,
  recordNamed,
  startInputs,
  startUnix,
  temporaryFolder,
} from '../helpers/inputs.js';

const hello = (content: object) => `${JSON.stringify({ hello: content })}\n`;

describe('a Unix socket', () => {
  test('publishes lines with the producer of the hello, of the line, or of the connection', async () => {
    const { path, totals } = await startUnix();
    const events = recordNamed('snakepit.python.inputs.test');
    const socket = await connectTo({ path });
    socket.write(line() + hello({ producer: 'a' }) + line() + line({ producer: 'b' }));
    socket.write(`TELEMETRY:${line()}\r\n\n`);
    await eventually(() => expect(totals.accepted).toBe(4));
    expect(events.map(({ remote }) => remote?.producer)).toEqual([
      expect.stringMatching(/^unix:\d+$/),
      'a',
      'b',
      'a',
    ]);
  });

  test('is writable for its group only, in a directory of its own', async () => {
    const path = join(await temporaryFolder(), 'made', 'events.sock');
    await startInputs({ unix: { path } });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o750);
  });

  test('has the mode that is configured, and is removed at the end', async () => {
    const path = join(await temporaryFolder(), 'events.sock');
    const { inputs } = await startInputs({ unix: { path, mode: '0600' } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await inputs.stop();
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  test('replaces a socket that a killed process left behind', async () => {
    const path = join(await temporaryFolder(), 'events.sock');
    await runModule(`
      import { createServer } from 'node:net';
      createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'));`);
    expect(statSync(path).isSocket()).toBe(true);
    const { totals } = await startInputs({ unix: { path } });
    (await connectTo({ path })).write(line());
    await eventually(() => expect(totals.accepted).toBe(1));
  });

  test('does not replace the socket of a process that answers', async () => {
    const path = join(await temporaryFolder(), 'events.sock');
    const other = createServer().listen(path);
    onTestFinished(() => void other.close());
    const refused = startInputs({ unix: { path } });
    await expect(refused).rejects.toMatchObject({
      code: 'SNAKEPIT_INPUT',
      message: expect.stringContaining(`Cannot receive events on ${path} (unix: EADDRINUSE)`),
    });
    expect(statSync(path).isSocket()).toBe(true);
    await connectTo({ path });
  });

  test('that was removed, with its directory too, is made again, and its connections stay', async () => {
    const path = join(await temporaryFolder(), 'made', 'events.sock');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { totals, inputs } = await startInputs({ unix: { path } });
    const before = await connectTo({ path });
    rmSync(join(path, '..'), { recursive: true });
    vi.advanceTimersByTime(5000);
    await eventually(() => expect(statSync(path).mode & 0o777).toBe(0o660));
    const after = await connectTo({ path });
    for (const socket of [before, after]) socket.write(line());
    await eventually(() => expect(totals.accepted).toBe(2));
    await inputs.stop();
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  test('that another process has replaced stays when this one ends', async () => {
    const { path, inputs } = await startUnix();
    rmSync(path);
    const other = createServer((socket) => socket.end('other')).listen(path);
    onTestFinished(() => void other.close());
    await inputs.stop();
    const output = received(await connectTo({ path }));
    await eventually(() => expect(output.text).toBe('other'));
    expect(readdirSync(join(path, '..'))).toEqual(['events.sock']);
  });

  test('does not replace a file', async () => {
    const path = join(await temporaryFolder(), 'events.sock');
    writeFileSync(path, 'important');
    chmodSync(path, 0o600);
    await expect(startInputs({ unix: { path } })).rejects.toMatchObject({
      code: 'SNAKEPIT_INPUT',
      message: expect.stringContaining('(unix: ENOTSOCK). A file that is no socket has this path.'),
    });
    expect(statSync(path).size).toBe(9);
  });

  test('below a directory in which the system creates nothing is an error', async () => {
    // In a process of its own: an endless loop can only be killed.
    const program = `import { startTelemetry } from 'snakepit-otel';
      const none = { traces: [], metrics: [], logs: [] };
      await startTelemetry({ ...none, inputs: { unix: { path: '/proc/none/events.sock' } } }).ready;`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    expect(stderr).toContain('Cannot receive events on /proc/none/events.sock (unix: ENOENT).');
  });

  test('as a default that cannot be started costs one line', async () => {
    const path = join(await temporaryFolder(), 'events.sock');
    writeFileSync(path, '');
    const { warnings } = await startInputs({}, { unix: { path } });
    expect(warnings).toEqual([expect.stringContaining(`Cannot receive events on ${path}`)]);
  });
});

describe('acknowledgements', () => {
  test('come after 1,000 events, and within a second after fewer', async () => {
    const { path } = await startUnix();
    const socket = await connectTo({ path });
    const output = received(socket);
    socket.write(hello({ producer: 'a', ack: true }) + numbered('a', 0, 2500));
    await eventually(() => expect(output.text).toBe('{"ack":999}\n{"ack":1999}\n{"ack":2499}\n'));
  });

  test('come before the connection closes', async () => {
    const { path } = await startUnix();
    const socket = await connectTo({ path });
    const output = received(socket);
    socket.end(hello({ producer: 'a', ack: true }) + numbered('a', 0, 3));
    await eventually(() => expect(output).toEqual({ text: '{"ack":2}\n', isEnded: true }));
  });

  test('do not come without being asked for', async () => {
    const { path, totals } = await startUnix();
    const socket = await connectTo({ path });
    const output = received(socket);
    socket.end(hello({ producer: 'a' }) + numbered('a', 0, 1500));
    await eventually(() => expect(output.isEnded).toBe(true));
    expect(output.text).toBe('');
    await eventually(() => expect(totals.accepted).toBe(1500));
  });

  test('of a producer that never reads them take no memory, and its events are accepted', async () => {
    const { path, totals } = await startUnix();
    const socket = await connectTo({ path });
    socket.pause();
    socket.write(hello({ producer: 'a', ack: true }) + numbered('a', 0, 20_000));
    await eventually(() => expect(totals.accepted).toBe(20_000));
  });
});

describe('sequence numbers', () => {
  test('drop what was received before, on another connection too', { tags: ['H33'] }, async () => {
    const { path, totals } = await startUnix();
    (await connectTo({ path })).end(hello({ producer: 'a' }) + numbered('a', 0, 100));
    await eventually(() => expect(totals.accepted).toBe(100));
    (await connectTo({ path })).end(numbered('a', 50, 150));
    await eventually(() => expect(totals).toMatchObject({ accepted: 150, duplicate: 50, lost: 0 }));
  });

  test('without a producer are no reason to drop an event', async () => {
    const { path, totals } = await startUnix();
    (await connectTo({ path })).end(line({ seq: 0 }) + line({ seq: 0 }));
    await eventually(() => expect(totals).toMatchObject({ accepted: 2, duplicate: 0 }));
  });

  test('with a hole count as lost', async () => {
    const { path, totals } = await startUnix();
    (await connectTo({ path })).write(numbered('a', 0, 10) + numbered('a', 17, 2000));
    await eventually(() => expect(totals).toMatchObject({ accepted: 1993, lost: 7 }));
  });

  test('add up reports of dropped events, also after a restart of the producer', async () => {
    const { path, totals } = await startUnix();
    const report = (dropped: number) => `${JSON.stringify({ producer: 'a', dropped })}\n`;
    (await connectTo({ path })).write(
      report(5) + report(9) + report(9) + report(2) + line({ producer: 'a', dropped: 3 }),
    );
    await eventually(() => expect(totals).toMatchObject({ accepted: 1, dropped_by_producer: 12 }));
  });

  test('that are repeated do not add up dropped events again', async () => {
    const { path, totals } = await startUnix();
    const report = `${JSON.stringify({ producer: 'a', dropped: 5, seq: 0 })}\n`;
    (await connectTo({ path })).write(report + report);
    await eventually(() => expect(totals).toMatchObject({ duplicate: 1, dropped_by_producer: 5 }));
  });

  test.each([
    ['seq_invalid', { producer: 'a', seq: -1 }],
    ['seq_invalid', { producer: 'a', seq: '7' }],
    ['dropped_invalid', { dropped: 1.5 }],
    ['hello_invalid', { hello: null }],
    ['hello_invalid', { hello: { producer: 'x'.repeat(65) } }],
    ['producer_invalid', { producer: 'x'.repeat(65) }],
  ])('%s: %j', async (reason, rest) => {
    const { path, refused } = await startUnix();
    (await connectTo({ path })).write(line(rest));
    await eventually(() => expect(refused).toEqual({ [reason]: 1 }));
  });
});

test.each([
  ['a time', '"timestamp_ns":{"toString":1,"valueOf":1}'],
  ['a time in many lists', `"timestamp_ns":${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['null as a number', '"seq":null,"dropped":null,"producer":null'],
])('%s that cannot be used costs its key only', async (_, rest) => {
  const { path, totals } = await startUnix();
  (await connectTo({ path })).write(`{"event":"inputs.test",${rest}}\n`);
  await eventually(() => expect(Number(totals.accepted) + Number(totals.refused)).toBe(1));
  expect(totals.accepted).toBe(1);
});

describe('connections', () => {
  test('beyond 64 are closed, and another one is accepted when one has left', async () => {
    const { path, totals } = await startUnix();
    const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => connectTo({ path })));
    for (const socket of sockets) socket.write(line());
    await eventually(() => expect(totals.accepted).toBe(MAX_CONNECTIONS));
    const further = connect(path);
    onTestFinished(() => void further.destroy());
    await new Promise((closed) => further.once('close', closed));
    sockets[0]?.destroy();
    await eventually(async () => {
      (await connectTo({ path })).write(line());
      expect(totals.accepted).toBeGreaterThan(MAX_CONNECTIONS);
    });
  });

  test.each([
    ['nothing', ''],
    ['half a line', '{"event":'],
  ])('that send %s give way to others after 10 s', async (_, sent) => {
    const { path, totals } = await startUnix();
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const [used, ...silent] = await Promise.all(
      Array.from({ length: MAX_CONNECTIONS }, () => connectTo({ path })),
    );
    used?.write(line());
    for (const socket of silent) socket.write(sent);
    await eventually(() => expect(totals.accepted).toBe(1));
    vi.advanceTimersByTime(10_000);
    await eventually(async () => {
      (await connectTo({ path })).write(line());
      expect(totals.accepted).toBeGreaterThan(1);
    });
    expect(used?.destroyed).toBe(false);
  });

  test('that the producer half closes are closed once everything is processed', async () => {
    const { path, totals } = await startUnix();
    const socket = connect({ path, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const output = received(socket);
    socket.end(numbered('a', 0, 5000) + line().trimEnd());
    await eventually(() => expect(output.isEnded).toBe(true));
    await eventually(() => expect(totals.accepted).toBe(5001));
  });

  test('that are cut within a line lose that line only', { tags: ['H33'] }, async () => {
    const { path, totals, refused } = await startUnix();
    const socket = await connectTo({ path });
    socket.write(line() + line().slice(0, 20));
    await eventually(() => expect(totals.accepted).toBe(1));
    socket.destroy();
    await eventually(() => expect(refused).toEqual({ line_malformed: 1 }));
    expect(totals.accepted).toBe(1);
  });

  test('that are cut before their hello is processed count no incomplete line that comes again', async () => {
    const { path, totals, refused, inputs } = await startUnix();
    for (let i = 0; i < 20; i++) {
      const socket = await connectTo({ path });
      socket.end(
        hello({ producer: `cut-${i}`, ack: true }) + line({ seq: 0 }) + line({ seq: 1 }).slice(0, 20),
      );
    }
    await eventually(() => expect(totals.accepted).toBe(20));
    await inputs.stop();
    expect(refused).toEqual({});
  });

  test('of web pages, which can send HTTP requests to any port, are closed', async () => {
    const port = Number(await freePort());
    const { totals, refused } = await startInputs({ tcp: { port } });
    const body = line();
    for (const path of ['/', `/${'x'.repeat(70_000)}`]) {
      const socket = await connectTo({ port });
      const output = received(socket);
      socket.write(`POST ${path} HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      await eventually(() => expect(output).toEqual({ text: '{"error":"http_request"}\n', isEnded: true }));
    }
    await eventually(() => expect(refused).toEqual({ http_request: 2 }));
    expect(totals.accepted).toBe(0);
  });

  test('with lines of more than 64 KiB refuse these only', { tags: ['H35'] }, async () => {
    const { path, totals, refused } = await startUnix();
    const socket = await connectTo({ path });
    socket.write(line({ metadata: { text: 'x'.repeat(70_000) } }) + line());
    await eventually(() => expect(totals.accepted).toBe(1));
    expect(refused).toEqual({ line_too_long: 1 });
  });
});

describe('a producer', () => {
  test('whose connection closed is reported as ended unless it comes back', async () => {
    const { path, ended, totals } = await startUnix();
    (await connectTo({ path })).end(line({ producer: 'gone' }) + line({ producer: 'back' }));
    await eventually(() => expect(totals.accepted).toBe(2));
    (await connectTo({ path })).write(line({ producer: 'back' }));
    const startedAt = performance.now();
    await eventually(() => expect(ended).toEqual(['gone']));
    expect(performance.now() - startedAt).toBeGreaterThan(4500);
  });

  test('that is forgotten after its connection closed has ended', async () => {
    const { path, ended, totals } = await startUnix();
    (await connectTo({ path })).end(line({ producer: 'gone' }));
    await eventually(() => expect(totals.accepted).toBe(1));
    const others = Array.from({ length: MAX_PRODUCERS }, (_, i) => line({ producer: `other-${i}` })).join('');
    const socket = await connectTo({ path });
    socket.write(others);
    await eventually(() => expect(totals.accepted).toBe(1 + MAX_PRODUCERS));
    expect(ended).toEqual(['gone']);
  });

  test('whose clock deviates by more than a second is reported', async () => {
    const { path, clocks } = await startUnix();
    const at = (producer: string, offsetS: number) =>
      line({ producer, timestamp_ns: `${Date.now() + offsetS * 1000}000000` });
    (await connectTo({ path })).write(
      at('ahead', 60) + at('right', 0) + at('behind', -30) + at('late', -9) + at('late', 0),
    );
    await eventually(() => expect(clocks).toHaveLength(2));
    expect(clocks.map(({ metadata }) => metadata.producer)).toEqual(['ahead', 'behind']);
    expect(clocks[0]?.measurements.offset).toBeCloseTo(-60, 0);
    expect(clocks[1]?.measurements.offset).toBeCloseTo(30, 0);
  });
});

describe('a TCP socket', () => {
  async function startTcp(token?: string) {
    const port = Number(await freePort());
    const tokenFile = join(await temporaryFolder(), 'token');
    if (token !== undefined) writeFileSync(tokenFile, `${token}\n`);
    return { port, ...(await startInputs({ tcp: { port, tokenFile: token && tokenFile } })) };
  }

  test('receives lines on loopback without a token', async () => {
    const { port, totals } = await startTcp();
    (await connectTo({ port })).write(numbered('a', 0, 100));
    await eventually(() => expect(totals.accepted).toBe(100));
  });

  test.each([
    ['no hello', line()],
    ['no token', hello({ producer: 'a' })],
    ['a wrong token', hello({ token: 'wrong' })],
    ['a longer token', hello({ token: 'secret2' })],
    ['a token that is no text', hello({ token: ['secret'] })],
    ['no JSON', '{"hello":\n'],
  ])('with a token closes a connection with %s', async (_name, first) => {
    const { port, totals, refused } = await startTcp('secret');
    const socket = await connectTo({ port });
    const output = received(socket);
    socket.write(first + line());
    await eventually(() => expect(output).toEqual({ text: '{"error":"unauthorized"}\n', isEnded: true }));
    await eventually(() => expect(refused).toEqual({ unauthorized: 1 }));
    expect(totals.accepted).toBe(0);
  });

  test('with a token accepts a connection whose hello contains it', async () => {
    const { port, totals } = await startTcp('secret');
    (await connectTo({ port })).write(hello({ token: 'secret', producer: 'a' }) + line());
    await eventually(() => expect(totals.accepted).toBe(1));
  });

  test.each([
    [
      '0.0.0.0',
      undefined,
      /Invalid inputs\.tcp\.host: "0\.0\.0\.0"\. Allowed: a loopback address without tokenFile/,
    ],
    ['::', undefined, /Invalid inputs\.tcp\.host/],
    ['example.org', undefined, /Invalid inputs\.tcp\.host/],
    ['0.0.0.0', '/does/not/exist', /Invalid inputs\.tcp\.tokenFile.*ENOENT/],
    ['127.0.0.1', '/dev/null', /Invalid inputs\.tcp\.tokenFile.*it is empty/],
  ])('on %s with the token file %s is a configuration error', async (host, tokenFile, message) => {
    await expect(startInputs({ tcp: { host, port: 0, tokenFile } })).rejects.toMatchObject({
      code: 'SNAKEPIT_CONFIGURATION',
      message: expect.stringMatching(message),
    });
  });

  test('on port 0 reports the port that the system selected', async () => {
    const { warnings } = await startInputs({ tcp: { port: 0 } });
    expect(warnings).toEqual([
      expect.stringMatching(/^events are received on tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
    ]);
  });
});

test('what was read is processed and acknowledged when inputs stop', async () => {
  const { path, inputs, totals } = await startUnix();
  const socket = await connectTo({ path });
  const output = received(socket);
  socket.write(hello({ producer: 'a', ack: true }) + numbered('a', 0, 500));
  await eventually(() => expect(totals.accepted).toBeGreaterThan(0));
  await inputs.stop();
  await eventually(() => expect(output.isEnded).toBe(true));
  expect(output.text).toMatch(/\{"ack":\d+\}\n$/);
  const [acknowledged = Number.NaN] = (output.text.match(/\d+/g) ?? []).map(Number).slice(-1);
  expect(acknowledged + 1).toBe(totals.accepted);
});
