// Runs the built agent with its page, and top and tail against it.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeNvidiaSmi } from '../../../../test/fakes/nvidia-smi.js';
import { runNode } from '../../../../test/helpers/child.js';
import { freePort } from '../../../../test/helpers/free-port.js';
import type { Snapshot } from '../../../src/page/contract.js';
import { temporaryFolder } from '../../helpers/inputs.js';
import { TestTerminal } from '../../helpers/terminal.js';

const COMMAND = 'snakepit-otel/dist/command/main.cjs';
const LIMIT = { timeout: 30_000, interval: 50 };

interface Ports {
  readonly page: string;
  readonly input: string;
}

/** Starts an agent with two GPUs that receives events over HTTP. */
async function startAgent(ports: Ports): Promise<ChildProcess> {
  const nvidiaSmi = await fakeNvidiaSmi();
  onTestFinished(() => nvidiaSmi.remove());
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  const file = join(await temporaryFolder(), 'agent.json');
  const snakepit = {
    ui: { port: Number(ports.page) },
    inputs: { unix: false, http: { port: Number(ports.input) } },
  };
  const model = { file_format: '1.0', 'instrumentation/development': { js: { snakepit } } };
  await writeFile(file, JSON.stringify(model));
  const agent = spawn(process.execPath, [COMMAND, 'agent', '--interval', '200ms', '--config', file], {
    stdio: 'ignore',
    env: {
      ...process.env,
      PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}`,
      SNAKEPIT_OTEL_GPU_SOURCE: 'nvidia-smi',
    },
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${ports.page}/api/v1/snapshot`);
    expect(((await response.json()) as Snapshot).gpus).toHaveLength(2);
  }, LIMIT);
  return agent;
}

async function send(port: string, events: readonly object[]): Promise<void> {
  const body = events.map((event) => JSON.stringify(event)).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`http://127.0.0.1:${port}/v1/events`, { method: 'POST', headers, body });
  expect(await response.json()).toMatchObject({ accepted: events.length });
}

test('top and tail follow a real agent, through its restart', async () => {
  const ports = { page: await freePort(), input: await freePort() };
  const agent = await startAgent(ports);
  const url = `127.0.0.1:${ports.page}`;
  const terminal = new TestTerminal([process.execPath, COMMAND, 'top', url, '--interval', '100ms'], {
    columns: 120,
    rows: 36,
  });
  await terminal.shows('● live');
  await terminal.shows('2 × NVIDIA H100');
  await terminal.shows(/cuda:0 .*█/);

  const printed: string[] = [];
  const tail = spawn(process.execPath, [COMMAND, 'tail', url, '--json', '--event', 'snakepit.*']);
  onTestFinished(() => void tail.kill('SIGKILL'));
  tail.stdout.on('data', (text) => printed.push(text));
  const events = () =>
    printed
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  await send(ports.input, [
    {
      event: 'snakepit.circuit_breaker.opened',
      measurements: { failure_count: 5 },
      metadata: { pool: 'llm' },
    },
    {
      event: 'snakepit.error.oom',
      measurements: { requested_mb: 2499, available_mb: 1341 },
      metadata: { device: 'cuda:1', worker_id: 'w-3', pool: 'llm' },
    },
  ]);
  await terminal.shows(/Breaker llm is open/);
  await terminal.shows('✖ open');
  await vi.waitFor(() => {
    const names = events().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['snakepit.circuit_breaker.opened', 'snakepit.error.oom']));
  }, LIMIT);
  terminal.type('e\r');
  await terminal.shows('Out of memory');

  agent.kill('SIGTERM');
  await terminal.shows('✖ lost');
  await startAgent(ports);
  await terminal.shows('● live');
  await send(ports.input, [
    { event: 'snakepit.circuit_breaker.opened', measurements: {}, metadata: { pool: 'again' } },
  ]);
  await terminal.shows('Breaker again is open');
  await vi.waitFor(() => expect(JSON.stringify(events())).toContain('again'), LIMIT);

  const once = await runNode([COMMAND, 'top', url, '--once']);
  expect(once).toMatchObject({ code: 0, stderr: '' });
  expect(once.stdout).toContain('Breaker again is open');
  const json = await runNode([COMMAND, 'top', url, '--json']);
  expect(JSON.parse(json.stdout).gpus).toMatchObject([{ device: 'cuda:0' }, { device: 'cuda:1' }]);
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
});
