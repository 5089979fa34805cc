// Runs the built command in a pseudo-terminal and reads what a terminal emulator shows of it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestTerminal } from '../../helpers/terminal.js';
import { COMMAND, ESCAPE, startAgent, top } from '../../helpers/top.js';
import { visible } from '../../helpers/visible.js';

const UP = '\x1b[A';
const DOWN = '\x1b[B';

test('opens traces, errors and GPUs by keys, and goes back', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url], { columns: 110, rows: 32 });
  await terminal.shows('q  quit');
  terminal.type('\r');
  await terminal.shows('llm.generate');
  await terminal.shows(/cuda:1 {3}memory/);
  await terminal.shows('◆');
  terminal.type('jjh');
  await terminal.until(() => expect(terminal.text).toContain('▸ retrieve'));
  expect(terminal.text).not.toContain('embed.query');
  terminal.type('l');
  await terminal.shows('embed.query');
  terminal.type(ESCAPE);
  await terminal.shows('Processes');
  terminal.type('e\r');
  await terminal.shows('Traceback');
  await terminal.shows('requested          2.44 GiB');
  terminal.type('\r');
  await terminal.shows('llm.generate');
  terminal.type('g');
  await terminal.shows('cuda:0');
  terminal.type(`${DOWN}\r`);
  await terminal.shows('GPU cuda:1');
  await terminal.shows('clock MHz');
  terminal.type(ESCAPE);
  await terminal.until(() => expect(terminal.text).not.toContain('clock MHz'));
  terminal.type(UP);
  await terminal.until(() => expect(terminal.styleOf('cuda:0  ').isInverse).toBe(true));
  terminal.type('3');
  await terminal.shows('GPU cuda:0');
  terminal.type('?');
  await terminal.shows('go to a problem');
  terminal.type('?');
  await terminal.shows('GPU cuda:0');
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
});

test('keeps a row selected while others are added before it', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url], { columns: 100, rows: 24 });
  await terminal.shows('q  quit');
  terminal.type('tjj');
  await terminal.until(() => expect(terminal.styleOf('188 ms').isInverse).toBe(true));
  const [head] = agent.snapshot.traces;
  if (head === undefined) throw new Error('no trace');
  agent.send('traces', [{ ...head, id: 'f'.repeat(32), name: 'GET /new', start: Date.now() - 100, ms: 77 }]);
  await terminal.shows('GET /new');
  expect(terminal.styleOf('188 ms').isInverse).toBe(true);
  expect(terminal.styleOf('GET /new').isInverse).toBe(false);
});

test('searches, pauses, and counts what arrives meanwhile', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url, '--interval', '100ms'], { columns: 100, rows: 30 });
  await terminal.shows('q  quit');
  terminal.type('v');
  await terminal.shows('Worker started');
  terminal.type('/opened\r');
  await terminal.shows('search: opened');
  await terminal.shows('Circuit breaker opened');
  expect(terminal.text).not.toContain('Worker started');
  terminal.type(ESCAPE);
  await terminal.shows('Worker started');
  terminal.type('p');
  await terminal.shows('Paused, 0 new');
  const row = {
    ts: Date.now(),
    level: 'info',
    name: 'snakepit.test',
    text: 'while paused',
    attributes: {},
  } as const;
  agent.send('events', { rows: [row], skipped: 0 });
  await terminal.shows('Paused, 1 new');
  expect(terminal.text).not.toContain('while paused');
  terminal.type('p');
  await terminal.shows('while paused');
});

test('changes the range with one new stream', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url]);
  await terminal.shows('q  quit');
  terminal.type(']');
  await terminal.until(() =>
    expect(agent.requests.map(({ url }) => url)).toEqual([
      '/api/v1/stream?range=15m',
      '/api/v1/stream?range=1h',
    ]),
  );
  await terminal.until(() => expect(agent.clients).toBe(1));
});

test('copies ids and JSON to the clipboard of the terminal', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url]);
  await terminal.shows('q  quit');
  terminal.type('y');
  await terminal.shows('Copied 4bf92f3577b34da6a3ce929d0e0e4730');
  const copied = () =>
    [...visible(terminal.output).matchAll(/␛\]52;c;([\w+/=]*)␇/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString(),
    );
  expect(copied()).toEqual(['4bf92f3577b34da6a3ce929d0e0e4730']);
  terminal.type('Y');
  await terminal.until(() => expect(copied()).toHaveLength(2));
  expect(JSON.parse(copied()[1] ?? '')).toMatchObject({ name: 'POST /v1/generate', joules: 1655 });
});

test('writes a list to a new file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-top-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const agent = await startAgent();
  const command = `cd ${folder} && exec ${process.execPath} ${process.cwd()}/${COMMAND} top ${agent.url}`;
  const terminal = new TestTerminal(['sh', '-c', command]);
  await terminal.shows('q  quit');
  terminal.type('x');
  await terminal.shows('Wrote snakepit-traces-');
  const [file = ''] = await readdir(folder);
  expect(JSON.parse(await readFile(join(folder, file), 'utf8'))).toEqual({ exported: true });
});
