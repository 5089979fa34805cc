import { expect, it } from 'vitest';
import { runProgram } from '../../src/system/run-program.js';

const never = new AbortController().signal;
const node = (program: string, signal = never) => runProgram(process.execPath, ['--eval', program], signal);

it('tells what a program printed and how it ended', async () => {
  expect(await node("console.log('out'); console.error('why'); process.exitCode = 3")).toEqual({
    status: { kind: 'exited', code: 3 },
    stdout: 'out\n',
    stderr: 'why\n',
  });
});

it('one that prints without end is killed', async () => {
  const { status: end } = await node("setInterval(() => process.stdout.write('x'.repeat(65_536)), 1)");
  expect(end).toEqual({ kind: 'too_much_output' });
});

it('the signal kills it, whoever holds its pipes, and nothing is left listening', async () => {
  const listeners = process.listenerCount('exit');
  const controller = new AbortController();
  const child =
    "require('child_process').spawn('sleep', ['5'], { stdio: 'inherit', detached: true }); setInterval(() => {}, 1000)";
  const run = node(child, controller.signal);
  expect(process.listenerCount('exit')).toBe(listeners + 1);
  setTimeout(() => controller.abort(), 300);
  const started = performance.now();
  expect((await run).status).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  expect(performance.now() - started).toBeLessThan(4000);
  expect(process.listenerCount('exit')).toBe(listeners);
});

it('a signal that is aborted already kills it at once', async () => {
  expect((await node('setInterval(() => {}, 1000)', AbortSignal.abort())).status).toMatchObject({
    kind: 'killed',
  });
});

it.each([
  ['no-such-program', { kind: 'not_found' }],
  ['no\0program', { kind: 'not_started' }],
])('%j is not started', async (executable, end) => {
  expect(await runProgram(executable, [], never)).toMatchObject({ status: end, stdout: '', stderr: '' });
});

it('one that is not started may be aborted at once, which kills nothing else', async () => {
  const controller = new AbortController();
  const run = runProgram('no-such-program', [], controller.signal);
  controller.abort();
  expect((await run).status).toEqual({ kind: 'not_found' });
});
