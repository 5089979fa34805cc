// Runs the situations of the table in docs/agent.md, and compares what the agent prints.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { logDeliveries } from '../../src/cli/delivery-log.js';
import { Log } from '../../src/cli/log.js';
import { RELAY_CURE } from '../../src/cli/relay.js';
import { Deliveries } from '../../src/sdk/delivery.js';
import { takeDefaultPort } from '../helpers/default-port.js';
import { temporaryFolder } from '../helpers/inputs.js';

const AGENT = 'snakepit-otel/dist/command/main.cjs';
const document = readFileSync('docs/agent.md', 'utf8');
const [, table = ''] =
  /\| situation \| line \| then \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)/.exec(document) ?? [];
const rows = table
  .trim()
  .split('\n')
  .map((row) => {
    const [situation = '', line = '', then = ''] = row.replace(/^\| | \|$/g, '').split(' | ');
    return { situation, line: line.replaceAll('`', ''), then };
  });

interface Outcome {
  readonly output: string;
  readonly code?: number | null;
}

async function agent(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const { stdout, stderr, code } = await runNode([AGENT, ...args], {
    env: { SNAKEPIT_OTEL_INPUTS: 'none', OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(), ...env },
  });
  return { output: stdout + stderr, code };
}

/** Runs the agent with a file of the configuration, and with the inputs that it names. */
async function agentWithFile(content: string): Promise<Outcome> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  writeFileSync(file, `file_format: "1.0"\n${content}\n`);
  return agent(['--for', '0s', '--config', file], { SNAKEPIT_OTEL_INPUTS: '' });
}

/** Returns our part of a file. */
const own = (settings: object): string =>
  `instrumentation/development: ${JSON.stringify({ js: { snakepit: settings } })}`;

/** Creates an empty file. Returns its path. */
async function fileNamed(name: string): Promise<string> {
  const file = join(await temporaryFolder(), name);
  writeFileSync(file, '');
  return file;
}

/** Runs the log of the agent in this process. */
function logged(work: (log: Log) => void): Outcome {
  let output = '';
  work(
    new Log('text', 'info', (line) => {
      output += `${line}\n`;
    }),
  );
  return { output };
}

const SITUATIONS: Record<string, () => Promise<Outcome> | Outcome> = {
  'no GPU': () => agent(['--for', '0s'], { PATH: '/nonexistent', SNAKEPIT_OTEL_NVML_LIBRARY: 'libnone.so' }),
  'the selected source is missing': () =>
    agent(['--for', '0s'], { PATH: '/nonexistent', SNAKEPIT_OTEL_GPU_SOURCE: 'nvidia-smi' }),
  'dead collector': () => agent(['--for', '1s'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }),
  'collector back': () =>
    logged((log) => {
      const deliveries = new Deliveries();
      const delivery = deliveries.add({
        exporter: 'otlp',
        signal: 'logs',
        address: 'http://127.0.0.1:9/v1/logs',
      });
      onTestFinished(logDeliveries(deliveries, log));
      delivery.fail('connection refused');
      delivery.succeed(1);
    }),
  'port taken': async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const port = String((server.address() as AddressInfo).port);
    const { output, code } = await agent([], { OTEL_EXPORTER_PROMETHEUS_PORT: port });
    return { output: output.replaceAll(port, '9464'), code };
  },
  'default input that cannot be started': async () => {
    await takeDefaultPort();
    return agentWithFile(own({ inputs: { unix: false } }));
  },
  'unwritable socket directory, configured': async () => {
    const path = join(await fileNamed('file'), 'events.sock');
    return agentWithFile(own({ inputs: { unix: { path }, http: false } }));
  },
  'a file has the path of the socket': async () => {
    const path = await fileNamed('events.sock');
    return agentWithFile(own({ inputs: { unix: { path }, http: false } }));
  },
  'unknown entry in a file': () => agentWithFile(own({ gpu: { intervall: '5s' } })),
  'wrong value in a file': () => agentWithFile('meter_provider: 5'),
  'misspelled variable': () => agent(['--for', '0s'], { OTEL_METRIC_EXPORTER: 'none' }),
  'the relay of Snakepit has ended': () =>
    logged((log) => log.warn('the relay of Python events has ended', RELAY_CURE)),
};

test('the table has a row for every situation', () => {
  expect(rows.map(({ situation }) => situation).toSorted()).toEqual(Object.keys(SITUATIONS).toSorted());
});

/** Returns an expression for a line in which `…` is any text, and the code of an error of the system any code. */
function expressionFor(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(
    parts
      .join('.*')
      .replace(/\bEACCES\b/, 'E\\w+')
      .replace('after=12s', 'after=\\d+s'),
  );
}

test.each(rows)(
  'docs/agent.md shows what the agent prints: $situation',
  async ({ situation, line, then }) => {
    const { output, code = 0 } = (await SITUATIONS[situation]?.()) ?? { output: '' };
    expect(output).toMatch(expressionFor(line));
    expect(code).toBe(Number(/^exit code (\d)/.exec(then)?.[1] ?? 0));
  },
);
