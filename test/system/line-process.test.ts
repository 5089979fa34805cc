import { expect, it, vi } from 'vitest';
import { LineProcess } from '../../src/system/line-process.js';

const lines: string[] = [];
const node = (program: string) => {
  lines.length = 0;
  return new LineProcess(process.execPath, ['--eval', program], (line) => lines.push(line));
};

it('passes on every line, including a last one without terminator', async () => {
  const program = node("process.stdout.write('a\\r\\n\\nb\\nc'); process.exitCode = 3");
  expect(await program.ended).toEqual({ kind: 'exited', code: 3 });
  expect(lines).toEqual(['a', '', 'b', 'c']);
});

it('joins the chunks of a line', async () => {
  const program = node(
    "process.stdout.write('one li'); setTimeout(() => process.stdout.write('ne\\nnext\\n'), 50)",
  );
  await program.ended;
  expect(lines).toEqual(['one line', 'next']);
});

it('kills the program at an endless line, and does not keep the line', async () => {
  const program = node("setInterval(() => process.stdout.write('x'.repeat(4096)), 1)");
  expect(await program.ended).toEqual({ kind: 'too_much_output' });
  expect(lines).toEqual([]);
});

it('keeps the end of stderr', async () => {
  const program = node("process.stderr.write('x'.repeat(100_000) + 'why')");
  await program.ended;
  expect(program.stderrTail).toMatch(/^x+why$/);
  expect(program.stderrTail).toHaveLength(2000);
});

it('kills the program', async () => {
  const program = node("process.stdout.write('up\\n'); setInterval(() => {}, 1000)");
  await vi.waitUntil(() => lines.length === 1, { timeout: 5000 });
  program.kill();
  expect(await program.ended).toEqual({ kind: 'killed', signal: 'SIGKILL' });
});

it('ends although a child of the program holds the pipe', async () => {
  const child =
    "require('child_process').spawn('sleep', ['5'], { stdio: 'inherit', detached: true }).unref()";
  const started = performance.now();
  expect(await node(child).ended).toEqual({ kind: 'exited', code: 0 });
  expect(performance.now() - started).toBeLessThan(4000);
});

it.each([
  ['no-such-program', { kind: 'not_found' }],
  ['no\0program', { kind: 'not_started' }],
])('reports that %j is not started', async (executable, status) => {
  const program = new LineProcess(executable, [], () => {});
  expect(await program.ended).toMatchObject(status);
  program.kill();
});

it('kills nothing else if the program was not started', async () => {
  const program = new LineProcess('no-such-program', [], () => {});
  program.kill();
  expect(await program.ended).toEqual({ kind: 'not_found' });
});
