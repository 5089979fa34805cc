// Runs the built command in a pseudo-terminal and reads what a terminal emulator shows of it.
import { expect, onTestFinished, test } from 'vitest';
import { fakeNvidiaSmi } from '../../../../test/fakes/nvidia-smi.js';
import { runNode } from '../../../../test/helpers/child.js';
import { madeSnapshot } from '../../helpers/made-snapshot.js';
import { COMMAND, startAgent, top } from '../../helpers/top.js';
import { visible } from '../../helpers/visible.js';

test('shows problems, GPUs, processes, traces, breakers and delivery at 80 × 24', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url], { columns: 80, rows: 24 });
  await terminal.shows('q  quit');
  expect(terminal.isAlternate).toBe(true);
  for (const text of [
    'gpu-node-07',
    '✖ Out of memory on cuda:1',
    '▲ GPU cuda:0 is power-capped',
    '2 × NVIDIA H100 80GB HBM3',
    '▲ capped',
    '59.9/79.6',
    // The time goes on.
    ' s ago',
    'pod ml/trainer-0',
    'POST /v1/generate',
    '1,655 J',
    '✖ open',
    'half-open',
    '▲ logs no answer',
    '12,480 sent',
  ]) {
    await terminal.shows(text);
  }
  expect(terminal.styleOf('✖ Out of memory')).toMatchObject({ color: 1, isBold: true });
  expect(terminal.styleOf('✔ traces')).toMatchObject({ color: 2 });
});

test('shows that the agent is gone, and goes on when it is back', async () => {
  const agent = await startAgent();
  const terminal = top([agent.url, '--interval', '100ms']);
  await terminal.shows('● live');
  await agent.stop();
  await terminal.shows('✖ lost');
  await terminal.shows('POST /v1/generate');
  agent.snapshot = madeSnapshot(Date.now(), { boot: 'b2', traces: [], problems: [] });
  await agent.start();
  await terminal.shows('● live');
  await terminal.shows('No trace has arrived yet');
  await terminal.shows('Nothing is wrong');
  expect(agent.requests.at(-1)?.headers['last-event-id']).toBe('a1-0');
});

test('uses no color with NO_COLOR and --no-color, and ASCII with --ascii', async () => {
  const agent = await startAgent();
  const colorless = top([agent.url], { env: { NO_COLOR: '1' } });
  await colorless.shows('q  quit');
  const ascii = top([agent.url, '--ascii', '--no-color']);
  await ascii.shows('q  quit');
  for (const { output } of [colorless, ascii]) expect(visible(output)).not.toMatch(/␛\[[34]\dm/);
  await colorless.shows('✖');
  expect(ascii.output.every((byte) => byte < 0x80)).toBe(true);
  await ascii.shows('x Out of memory on cuda:1');
});

test('--once prints one frame without sequences, and so does a pipe', async () => {
  const agent = await startAgent();
  const env = { COLUMNS: '100', LINES: '40', LANG: 'C.UTF-8', FORCE_COLOR: '1' };
  for (const args of [['--once'], []]) {
    const { stdout, code, stderr } = await runNode([COMMAND, 'top', agent.url, ...args], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('✖ Out of memory on cuda:1');
    expect(stdout).not.toContain('\x1b');
    expect(stdout).not.toContain('q  quit');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  }
});

test('--json prints everything with the processes of each GPU', async () => {
  const agent = await startAgent();
  const { stdout, code } = await runNode([COMMAND, 'top', agent.url, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(agent.snapshot)));
  expect(JSON.parse(stdout).gpus[0].processes[0]).toMatchObject({
    pid: 48_211,
    memory: 58_120,
    pod: 'trainer-0',
  });
});

test('samples the GPUs of this host without an agent', async () => {
  const nvidiaSmi = await fakeNvidiaSmi();
  onTestFinished(() => nvidiaSmi.remove());
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const env = { SNAKEPIT_OTEL_NVIDIA_SMI: nvidiaSmi.path, SNAKEPIT_OTEL_GPU_SOURCE: 'nvidia-smi' };
  const { stdout } = await runNode([COMMAND, 'top', '--json'], { env });
  expect(JSON.parse(stdout).gpus).toMatchObject([{ device: 'cuda:0' }, { device: 'cuda:1' }]);
  const terminal = top(['--interval', '200ms'], { env });
  await terminal.shows('2 × NVIDIA H100');
  await terminal.shows('this host, no agent');
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
});

test('names what is wrong with an address', async () => {
  const { code, stderr } = await runNode([COMMAND, 'top', 'ftp://x']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('Invalid address: "ftp://x"');
  const absent = await runNode([COMMAND, 'top', '127.0.0.1:1', '--once']);
  expect(absent.code).toBe(1);
  expect(absent.stderr).toContain('The agent at http://127.0.0.1:1 is not reached: nothing listens there.');
  const terminal = top(['127.0.0.1:1']);
  expect(await terminal.exited).toBe(1);
  await terminal.shows('nothing listens there');
  expect(terminal.output.toString()).not.toContain('1049h');
});
