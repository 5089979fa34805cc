// Four processes send lines to the built agent; two of them are killed and resumed in the middle. With SNAKEPIT_INPUT_LINES=1000000
// as long as wanted; `node bench/inputs.mjs` measures the time as well.
import { type ChildProcess, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectedTotals, runProducers } from '../../../bench/line-producers.mjs';
import { freePort } from '../../../test/helpers/free-port.js';
import { eventually, temporaryFolder } from '../helpers/inputs.js';

const AGENT = 'snakepit-otel/dist/command/main.cjs';
const LINES = Number(process.env.SNAKEPIT_INPUT_LINES ?? 100_000);
const TOKEN = 'secret';

/** Starts the agent with one input, as a file configures it. */
async function startAgent(
  inputs: object,
): Promise<{ total: (metric: string) => Promise<number>; agent: ChildProcess }> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'agent.yaml');
  await writeFile(
    file,
    JSON.stringify({
      file_format: '1.0',
      meter_provider: {
        readers: [
          { pull: { exporter: { 'prometheus/development': { host: '127.0.0.1', port: Number(port) } } } },
        ],
      },
      tracer_provider: {
        processors: [{ batch: { exporter: { otlp_http: { endpoint: 'http://127.0.0.1:1/v1/traces' } } } }],
      },
      'instrumentation/development': {
        js: { snakepit: { inputs: { unix: false, http: false, ...inputs } } },
      },
    }),
  );
  const agent = fork(AGENT, ['agent', '--config', file], { stdio: 'ignore' });
  onTestFinished(() => void agent.kill('SIGKILL'));
  const page = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await eventually(async () => expect(await page()).toContain('snakepit_bridge_queue_capacity'));
  const total = async (metric: string) =>
    (await page())
      .split('\n')
      .filter((sample) => new RegExp(`^${metric}[{ ]`).test(sample))
      .reduce((sum, sample) => sum + Number(sample.split(' ').at(-1)), 0);
  return { agent, total };
}

async function checkExactness(target: object, inputs: object, lines: number): Promise<void> {
  const { total } = await startAgent(inputs);
  const perProducer = Math.floor(lines / 4);
  expect(await runProducers({ target, perProducer, token: TOKEN, stopsOnly: true })).toEqual({ killed: 2 });
  const count = (name: string) => total(`snakepit_bridge_events_${name}_total`);
  await eventually(async () => {
    const sum = (await count('accepted')) + (await count('lost')) + (await count('dropped_by_producer'));
    expect(sum).toBe(expectedTotals(perProducer));
  });
  expect(await count('lost')).toBeGreaterThanOrEqual(100);
  expect(await count('dropped_by_producer')).toBe(7 * Math.floor(perProducer / 1000));
  expect(await count('refused')).toBe(0);
  // Every event is the end of a call.
  expect(await total('snakepit_grpc_worker_executions_total')).toBe(await count('accepted'));
}

test(`a Unix socket: accepted + lost + dropped = sent, of ${LINES} lines`, async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  await checkExactness({ path }, { unix: { path } }, LINES);
}, 600_000);

test('a TCP socket with a token: accepted + lost + dropped = sent', async () => {
  const port = Number(await freePort());
  const tokenFile = join(await temporaryFolder(), 'token');
  await writeFile(tokenFile, TOKEN);
  await checkExactness({ host: '127.0.0.1', port }, { tcp: { port, token_file: tokenFile } }, LINES / 4);
}, 600_000);

test('HTTP with a token: accepted + lost + dropped = sent', async () => {
  const port = Number(await freePort());
  const tokenFile = join(await temporaryFolder(), 'token');
  await writeFile(tokenFile, TOKEN);
  const url = `http://127.0.0.1:${port}/v1/events`;
  await checkExactness({ url }, { http: { port, token_file: tokenFile } }, LINES / 4);
}, 600_000);
