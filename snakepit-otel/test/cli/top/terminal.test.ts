// Runs the built command in a pseudo-terminal and reads what a terminal emulator shows of it.
import { expect, test } from 'vitest';
import { TestTerminal } from '../../helpers/terminal.js';
import { COMMAND, startAgent, top } from '../../helpers/top.js';
import { visible } from '../../helpers/visible.js';

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const INTERRUPTED = 130;

test.each([
  ['q', 0],
  [CTRL_C, INTERRUPTED],
])('leaves the terminal as it was at %j', async (key, code) => {
  const agent = await startAgent();
  const shell = `echo before; ${process.execPath} ${COMMAND} top ${agent.url}; echo code=$?; cat`;
  const terminal = new TestTerminal(['sh', '-c', shell]);
  await terminal.shows('q  quit');
  expect(await terminal.modes()).toEqual({ echo: false, canonical: false });
  terminal.type(key);
  await terminal.shows(`code=${code}`);
  expect(terminal.isAlternate).toBe(false);
  expect(terminal.lines.filter((line) => line !== '')).toEqual(['before', `code=${code}`]);
  expect(await terminal.modes()).toEqual({ echo: true, canonical: true });
  expect(visible(terminal.output)).toContain('␛[?7h␛[?25h␛[?1049l');
});

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'leaves the terminal as it was at %s, which ends it',
  async (signal) => {
    const agent = await startAgent();
    const shell = `sh -c 'echo pid=$$; exec ${process.execPath} ${COMMAND} top ${agent.url}'; echo code=$?; cat`;
    const terminal = new TestTerminal(['bash', '-c', shell]);
    await terminal.shows('q  quit');
    const pid = Number(/pid=(\d+)/.exec(terminal.output.toString())?.[1]);
    process.kill(pid, signal);
    await terminal.shows(signal === 'SIGTERM' ? 'code=143' : 'code=129');
    expect(terminal.isAlternate).toBe(false);
    expect(await terminal.modes()).toEqual({ echo: true, canonical: true });
  },
);

test('restores the terminal at Ctrl-Z, and its screen at fg', async () => {
  const agent = await startAgent();
  const terminal = new TestTerminal(['bash', '--norc', '--noprofile', '-i']);
  await terminal.shows('bash-');
  terminal.type(`${process.execPath} ${COMMAND} top ${agent.url}\n`);
  await terminal.shows('q  quit');
  terminal.type(CTRL_Z);
  await terminal.shows('Stopped');
  expect(terminal.isAlternate).toBe(false);
  terminal.type('echo in the shell\n');
  await terminal.shows(/^in the shell/m);
  terminal.type('fg\n');
  await terminal.shows('q  quit');
  expect(terminal.isAlternate).toBe(true);
  await terminal.until(async () => expect(await terminal.modes()).toEqual({ echo: false, canonical: false }));
  terminal.type('t');
  await terminal.until(() => expect(terminal.text).not.toContain('Delivery'));
  terminal.type('q');
  await terminal.shows('in the shell');
  expect(terminal.isAlternate).toBe(false);
  terminal.type('exit\n');
  expect(await terminal.exited).toBe(0);
});

test('continues where no shell can continue it', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url, '--interval', '100ms']);
  await terminal.shows('q  quit');
  const before = terminal.output.length;
  terminal.type(CTRL_Z);
  await terminal.until(() => expect(visible(terminal.output.subarray(before))).toMatch(/1049l.*1049h.*quit/));
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
});
