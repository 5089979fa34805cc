// Runs the built command against an agent's page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runNode } from '../../../test/helpers/child.js';
import { measured } from '../../../test/helpers/measured.js';
import type { EventRow } from '../../src/page/contract.js';
import { FakeAgent } from '../helpers/fake-agent.js';
import { madeSnapshot } from '../helpers/made-snapshot.js';
import { visible } from '../helpers/visible.js';

const COMMAND = 'snakepit-otel/dist/command/main.cjs';
const LINES = 10_000;
/** All but the ends of lines, as `visible` shows them. */
const CONTROLS = /[\u2400-\u2409\u240b-\u241f\u202e]|<[789]/;

const row = (text: string, changes: Partial<EventRow> = {}): EventRow => ({
  ts: Date.now(),
  level: 'info',
  name: 'snakepit.test',
  text,
  attributes: {},
  ...changes,
});

async function startAgent(events: readonly EventRow[] = []): Promise<FakeAgent> {
  const agent = new FakeAgent(madeSnapshot(Date.now(), { events }));
  await agent.start();
  return agent;
}

/** Runs `tail` until the test ends it, or it ends by itself. */
function tail(agent: FakeAgent, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [COMMAND, 'tail', agent.url, ...args], {
    env: { ...inherited, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    printed.stdout += text;
  });
  child.stderr.on('data', (text) => {
    printed.stderr += text;
  });
  const until = (condition: () => void) => vi.waitFor(condition, { timeout: 20_000, interval: 10 });
  const lines = () => printed.stdout.split('\n').slice(0, -1);
  return {
    child,
    printed,
    lines,
    until,
    exited: once(child, 'exit').then(([code]) => code as number | null),
  };
}

test('prints the last events, then those that come, and ends at SIGTERM with 0', async () => {
  const agent = await startAgent(Array.from({ length: 9 }, (_, index) => row(`old ${index}`)));
  const { child, lines, until, exited, printed } = tail(agent, ['-n', '2']);
  await until(() => expect(lines()).toHaveLength(2));
  agent.send('events', { rows: [row('new', { level: 'warn', trace: 'ab12' })], skipped: 0 });
  await until(() => expect(lines()).toHaveLength(3));
  expect(lines()[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO {2}snakepit\.test old 7$/);
  expect(lines()[2]).toMatch(/ WARN {2}snakepit\.test new trace=ab12$/);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(printed.stderr).toBe('');
});

test.each<[string[], string[]]>([
  [
    ['--level', 'warn'],
    ['oom', 'opened'],
  ],
  [['--event', 'snakepit.error.*'], ['oom']],
  [['--worker', 'w-3'], ['oom']],
  [['--trace', 'AB'], ['opened']],
  [
    ['--grep', '^st.rt|cuda:1'],
    ['oom', 'started'],
  ],
  [
    ['--event', 'snakepit.*', '--level', 'info', '--grep', 'o'],
    ['oom', 'opened'],
  ],
])('%j selects events', async (args, expected) => {
  const agent = await startAgent([
    row('oom', {
      level: 'error',
      name: 'snakepit.error.oom',
      attributes: { worker_id: 'w-3', device: 'cuda:1' },
    }),
    row('opened', { level: 'warn', name: 'snakepit.circuit_breaker.opened', trace: 'abcd' }),
    row('started', { attributes: { 'snakepit.worker.id': 'w-33' } }),
    row('detail', { level: 'debug', name: 'other' }),
  ]);
  const { lines, until } = tail(agent, [...args, '--json']);
  agent.snapshot = { ...agent.snapshot };
  await until(() => expect(lines().map((line) => JSON.parse(line).text)).toEqual(expected));
});

test('--json prints rows that do nothing to a terminal', async () => {
  const hostile = row('c1 \x9b2J esc \x1b[2J bidi \u202e', { name: 'n\nn' });
  const agent = await startAgent([hostile]);
  const json = tail(agent, ['--json']);
  await json.until(() => expect(json.lines()).toHaveLength(1));
  expect(visible(json.printed.stdout)).not.toMatch(CONTROLS);
  expect(JSON.parse(json.lines()[0] ?? '')).toEqual(hostile);
  const text = tail(agent);
  await text.until(() => expect(text.lines()).toHaveLength(1));
  expect(visible(text.printed.stdout)).not.toMatch(CONTROLS);
  expect(text.lines()[0]).toMatch(/n n c1 /);
});

test('colors levels if FORCE_COLOR demands it', async () => {
  const agent = await startAgent([row('bad', { level: 'error' })]);
  const { lines, until } = tail(agent, [], { FORCE_COLOR: '1' });
  await until(() => expect(lines()[0]).toContain('\x1b[31mERROR\x1b[39m'));
});

test('reconnects, and prints no event twice', async () => {
  const agent = await startAgent([row('first')]);
  const { lines, until, printed } = tail(agent);
  await until(() => expect(lines()).toHaveLength(1));
  const second = row('second');
  agent.send('events', { rows: [second], skipped: 0 });
  await until(() => expect(lines()).toHaveLength(2));
  await agent.stop();
  await until(() => expect(printed.stderr).toContain('Trying again'));
  // The agent has lost its messages: it sends everything that it keeps.
  agent.snapshot = {
    ...agent.snapshot,
    boot: 'b2',
    events: [...agent.snapshot.events, second, row('third')],
  };
  await agent.start();
  await until(() => expect(lines()).toHaveLength(3));
  expect(lines().map((line) => line.split(' ').at(-1))).toEqual(['first', 'second', 'third']);
  expect(printed.stderr).toContain('The agent is back.');
  expect(agent.requests.at(-1)?.headers['last-event-id']).toMatch(/^a1-/);
});

test('reports what is left out on stderr', async () => {
  const agent = await startAgent();
  const { until, printed } = tail(agent);
  await until(() => expect(agent.clients).toBe(1));
  agent.send('gap', { from: 3, to: 9, reason: 'the client read too slowly' });
  agent.send('events', { rows: [], skipped: 214 });
  await until(() => expect(printed.stderr).toContain('Events may be missing: the client read too slowly.'));
  await until(() => expect(printed.stderr).toContain('214 events are left out'));
  expect(printed.stdout).toBe('');
});

test('exits with 0 when its reader has enough', async () => {
  const agent = await startAgent(Array.from({ length: 50 }, (_, index) => row(`event ${index}`)));
  const command = `${process.execPath} ${COMMAND} tail ${agent.url} | head -n 2; echo "codes $\{PIPESTATUS[*]}"`;
  const child = spawn('bash', ['-c', command]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const timer = setInterval(() => agent.send('events', { rows: [row('more')], skipped: 0 }), 50);
  onTestFinished(() => clearInterval(timer));
  await once(child, 'exit');
  expect(
    output
      .trim()
      .split('\n')
      .slice(0, 2)
      .every((line) => line.includes('event')),
  ).toBe(true);
  expect(output).toContain('codes 0 0');
});

test('prints 10,000 events a second', async () => {
  const agent = await startAgent();
  const { lines, until } = tail(agent);
  await until(() => expect(agent.clients).toBe(1));
  const batch = Array.from({ length: 100 }, (_, index) =>
    row(`Out of memory: device=cuda:${index} pool=llm`, {
      level: 'error',
      name: 'snakepit.error.oom',
      attributes: { worker_id: 'w' },
    }),
  );
  const startedAt = performance.now();
  for (let sent = 0; sent < LINES; sent += batch.length) agent.send('events', { rows: batch, skipped: 0 });
  await until(() => expect(lines()).toHaveLength(LINES));
  const perSecond = Math.round(LINES / ((performance.now() - startedAt) / 1000));
  measured('events that tail prints', perSecond, '1/s');
  expect(perSecond).toBeGreaterThan(10_000);
});

test('reads nothing while its output is not read, so that the agent skips', async () => {
  const agent = await startAgent();
  const { child, until } = tail(agent);
  await until(() => expect(agent.clients).toBe(1));
  child.stdout.pause();
  const rows = Array.from({ length: 100 }, () => row('x'.repeat(1000)));
  // All buffers are full once none of many attempts finds room.
  let full = 0;
  await until(() => {
    full = agent.send('events', { rows, skipped: 0 }) ? 0 : full + 1;
    expect(full).toBeGreaterThan(60);
  });
});

test('names what is wrong with its arguments and its agent', async () => {
  const pattern = await runNode([COMMAND, 'tail', '--grep', '(']);
  expect(pattern.code).toBe(2);
  expect(pattern.stderr).toContain('Invalid --grep: "("');
  const level = await runNode([COMMAND, 'tail', '--level', 'warning']);
  expect(level.code).toBe(2);
  const absent = await runNode([COMMAND, 'tail', '127.0.0.1:1']);
  expect(absent).toMatchObject({
    code: 1,
    stderr:
      'snakepit-otel: The agent at http://127.0.0.1:1 is not reached: nothing listens there. An agent serves its page with --ui.\n',
  });
});
