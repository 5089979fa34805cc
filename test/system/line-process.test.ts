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
  // More than a pipe holds, so that it arrives in chunks that end within lines.
  const line = 'x'.repeat(1000);
  const program = node(`process.stdout.write('${line}\\n'.repeat(300))`);
  await program.ended;
  expect(lines).toEqual(Array.from({ length: 300 }, () => line));
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
  const child = `
    const options = { stdio: 'inherit', detached: true };
    const child = require('child_process').spawn('sleep', ['60'], options);
    child.unref();
    console.log(child.pid);
  `;
  expect(await node(child).ended).toEqual({ kind: 'exited', code: 0 });
  // Throws unless the child of the program still runs.
  process.kill(Number(lines[0]), 'SIGKILL');
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

it.each(['stdout', 'stderr'])('kills a program whose %s never ends', async (pipe) => {
  const program = new LineProcess('/bin/sh', ['-c', `yes short ${pipe === 'stderr' ? '>&2' : ''}`], () => {});
  expect(await program.ended).toEqual({ kind: 'too_much_output' });
  expect(program.stderrTail.length).toBeLessThanOrEqual(2000);
});
