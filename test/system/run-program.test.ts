import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runProgram } from '../../src/system/run-program.js';
import { until } from '../helpers/fixtures.js';

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
  const folder = await mkdtemp(join(tmpdir(), 'run-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const pidFile = join(folder, 'pid');
  const child = `
    const { pid } = require('child_process').spawn('sleep', ['60'], { stdio: 'inherit', detached: true });
    require('fs').writeFileSync('${pidFile}.new', String(pid));
    require('fs').renameSync('${pidFile}.new', '${pidFile}');
    setInterval(() => {}, 1000);
  `;
  const run = node(child, controller.signal);
  expect(process.listenerCount('exit')).toBe(listeners + 1);
  await until(() => existsSync(pidFile));
  controller.abort();
  expect((await run).status).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  expect(process.listenerCount('exit')).toBe(listeners);
  // Throws unless the child of the program still runs.
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
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

const isRunning = (pid: number): boolean => {
  try {
    // A zombie counts as ended: the process that runs the tests may not reap it.
    return process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it.each([
  ['that prints without end', 'yes'],
  ['whose stderr never ends', 'yes >&2'],
])('ends a program %s together with the processes that it has started', async (_what, endless) => {
  const folder = await mkdtemp(join(tmpdir(), 'run-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = `sleep 60 & echo $! > ${folder}/one; sleep 60 & echo $! > ${folder}/two; ${endless}`;
  const { status } = await runProgram('sh', ['-c', script], never);
  expect(status).toEqual({ kind: 'too_much_output' });
  const pids = ['one', 'two'].map((name) => Number(readFileSync(join(folder, name), 'utf8')));
  await until(() => !pids.some(isRunning));
});

it('runs no program of the working directory, whatever PATH contains', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'some-tool'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
  const before = process.cwd();
  onTestFinished(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });
  process.chdir(folder);
  for (const path of ['', '.', './', ':/usr/bin', '/usr/bin:', `../${folder.split('/').at(-1)}`]) {
    vi.stubEnv('PATH', path);
    expect((await runProgram('some-tool', [], never)).status).toEqual({ kind: 'not_found' });
  }
  vi.stubEnv('PATH', folder);
  expect((await runProgram('some-tool', [], never)).stdout).toBe('ran\n');
});
