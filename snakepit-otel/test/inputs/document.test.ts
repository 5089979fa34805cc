// Runs the examples of docs/inputs.md against inputs of this process.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import { startTelemetry } from '../../src/index.js';
import { eventually, startHttp, startUnix } from '../helpers/inputs.js';

const blocks = [...readFileSync('docs/inputs.md', 'utf8').matchAll(/^```(sh|python)\n(.*?)^```$/gms)].map(
  ([, language, code]) => ({ language, code: code ?? '' }),
);

function run(program: string, code: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', () => resolve(output));
    child.stdin.end(code);
  });
}

const example = (part: string): string => {
  const found = blocks.find(({ code }) => code.includes(part));
  if (found === undefined) throw new Error(`no example with ${part}`);
  return found.code;
};

test('the example with curl sends two events', async () => {
  const { port } = await startHttp();
  const output = await run('sh', example('curl').replace('4319', String(port)));
  expect(JSON.parse(output)).toEqual({ accepted: 2, duplicate: 0, rejected: 0, errors: [] });
});

test('the example with curl for OTLP is forwarded in the trace of its correlation id', async () => {
  const collector = await httpReceiver();
  const port = Number(await freePort());
  const telemetry = startTelemetry({
    otlp: { endpoint: collector.endpoint },
    traces: ['otlp'],
    metrics: [],
    logs: [],
    handleSignals: false,
    inputs: { otlp: { port } },
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  expect(await run('sh', example('resourceSpans').replace('4318', String(port)))).toBe('{}');
  await eventually(() => expect(collector.exports).toHaveLength(1));
  const [{ scopeSpans }] = JSON.parse(`${collector.exports[0]?.body}`).resourceSpans;
  expect(scopeSpans[0].spans[0]).toMatchObject({
    name: 'embed',
    traceId: expect.not.stringMatching(/^0af7651916cd43dd8448eb211c80319c$/),
    parentSpanId: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test('the example with Python sends 1,000 events and reads their acknowledgement', async () => {
  const { path, totals } = await startUnix();
  const output = await run('python3', example('AF_UNIX').replace('/run/snakepit-otel/events.sock', path));
  expect(output.trim()).toBe('{"ack":999}');
  await eventually(() => expect(totals.accepted).toBe(1000));
});
