import { expect, it } from 'vitest';
import { runProgram } from '../../src/system/run-program.js';

const never = new AbortController().signal;
const node = (program: string, signal = never) => runProgram(process.execPath, ['--eval', program], signal);

it('returns the output and the exit status', async () => {
  expect(await node("console.log('out'); console.error('why'); process.exitCode = 3")).toEqual({
    status: { kind: 'exited', code: 3 },
    stdout: 'out\n',
    stderr: 'why\n',
  });
});

it('kills a program with endless output', async () => {
  const { status } = await node("setInterval(() => process.stdout.write('x'.repeat(65_536)), 1)");
  expect(status).toEqual({ kind: 'too_much_output' });
});

it('kills the program by signal, even if a child of it holds the pipes, and leaves no listener', async () => {
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

it('kills the program at once if the signal is aborted already', async () => {
  expect((await node('setInterval(() => {}, 1000)', AbortSignal.abort())).status).toMatchObject({
    kind: 'killed',
  });
});

it.each([
  ['no-such-program', { kind: 'not_found' }],
  ['no\0program', { kind: 'not_started' }],
])('reports that %j is not started', async (executable, status) => {
  expect(await runProgram(executable, [], never)).toMatchObject({ status, stdout: '', stderr: '' });
});

it('kills nothing else if the program was not started', async () => {
  const controller = new AbortController();
  const run = runProgram('no-such-program', [], controller.signal);
  controller.abort();
  expect((await run).status).toEqual({ kind: 'not_found' });
});
