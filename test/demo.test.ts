// Runs the demo: real worker processes, a real breaker, and the metrics page read while it runs.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Snapshot } from '../snakepit-otel/src/page/contract.js';
import { runModule, runNode } from './helpers/child.js';
import { countIn, lastSummary, runDemo } from './helpers/demo.js';
import { freePort } from './helpers/free-port.js';

const value = (page: string, series: string) =>
  Number(new RegExp(`^${series}(?:,[^}]*)?\\} (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);

test('the metrics page agrees with the counted events', { timeout: 120_000 }, async () => {
  const port = await freePort();
  let before = '';
  let page = '';
  const result = await runDemo({ OTEL_EXPORTER_PROMETHEUS_PORT: port }, async (output) => {
    if (countIn(output, 'snakepit.circuit_breaker.closed') === 0) return false;
    before = output;
    page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return true;
  });
  expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });

  expect(value(page, 'snakepit_hardware_detect_duration_count\\{accelerator="[a-z]+"')).toBe(1);
  expect(value(page, 'snakepit_circuit_breaker_state\\{pool="default"')).toBe(0);
  expect(value(page, 'snakepit_gpu_memory_used_mb\\{device="cuda:0"')).toBeGreaterThan(0);
  expect(page).toMatch(/^hw_gpu_memory_usage\{/m);

  for (const [event, series] of [
    ['snakepit.error.oom', 'snakepit_errors_oom_total\\{device="[a-z0-9:]+"'],
    [
      'snakepit.circuit_breaker.opened',
      'snakepit_circuit_breaker_opened_total\\{pool="default",reason="failures"',
    ],
    ['snakepit.circuit_breaker.closed', 'snakepit_circuit_breaker_closed_total\\{pool="default"'],
    [
      'snakepit.circuit_breaker.call.rejected',
      'snakepit_circuit_breaker_calls_rejected_total\\{pool="default"',
    ],
    ['snakepit.retry.exhausted', 'snakepit_retry_exhausted_total\\{pool="default"'],
  ] as const) {
    // The page was read between two summaries; counters only grow.
    expect(countIn(before, event), event).toBeGreaterThan(0);
    expect(value(page, series), event).toBeGreaterThanOrEqual(countIn(before, event));
    expect(value(page, series), event).toBeLessThanOrEqual(countIn(result.stdout, event));
  }
  const summary = lastSummary(result.stdout);
  expect(summary).toMatch(/^ {2}cuda:0 .* 30994\/32480 MiB /m);
  expect(summary).toMatch(/^ {2}cuda:1 .* 2856\/11175 MiB /m);
  expect(summary).toMatch(/^ {2}cuda:2 .* (?:–\/– MiB |lost$)/m);
  expect(summary).toMatch(
    /last operation:\n {2}demo\.request [\d.]+ ms(?: ✗ \w+)?\n {4}demo\.preprocess [\d.]+ ms\n/,
  );
});

test('--for ends the demo during an outage too, and names the next steps', { timeout: 60_000 }, async () => {
  const result = await runNode(['examples/demo/main.mjs', '--for', '2s'], {
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(), SNAKEPIT_OTEL_UI: 'false' },
  });
  expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(result.stdout).toContain('\nlive page: off\n');
  expect(countIn(result.stdout, 'demo.request')).toBeGreaterThan(0);
  expect(result.stdout).toMatch(/\nnext:\n(?: {2}\S.*\n){3}$/);
  expect(result.stdout).not.toContain('\x1b');
});

test('the live page shows GPUs, traces, errors and the breaker until the demo ends', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  let snapshot: Snapshot | undefined;
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(), SNAKEPIT_OTEL_UI: port };
  const result = await runDemo(env, async (output) => {
    if (countIn(output, 'snakepit.circuit_breaker.closed') === 0) return false;
    snapshot = (await (await fetch(`${url}api/v1/snapshot`)).json()) as Snapshot;
    return true;
  });
  expect(result).toMatchObject({
    code: 0,
    signal: null,
    stderr: `snakepit-otel: the live page is at ${url}\n`,
  });
  expect(result.stdout).toContain(`\nlive page: ${url}\n`);
  expect(snapshot?.gpus.map(({ device }) => device)).toContain('cuda:0');
  expect(snapshot?.traces.map(({ name }) => name)).toContain('demo.request');
  expect(snapshot?.errors.map(({ kind }) => kind)).toContain('oom');
  expect(snapshot?.breakers.map(({ name }) => name)).toEqual(['default']);
});

test.each([
  ['--for ever', 'Invalid --for: ever. Use a number with ms, s or m, for example 10s.'],
  ['--for', "Option '--for <value>' argument missing"],
  ['--fro 10s', "Unknown option '--fro'"],
])('rejects %s', async (args, message) => {
  const { code, stderr } = await runNode(['examples/demo/main.mjs', ...args.split(' ')]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('--help describes the options', async () => {
  const { code, stdout } = await runNode(['examples/demo/main.mjs', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('--for <time>');
});

test('a port in use is reported in one line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await runNode(['examples/demo/main.mjs'], {
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), SNAKEPIT_OTEL_UI: 'false' },
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^.*EADDRINUSE.*\n$/);
});

test('FORCE_COLOR turns colors on', async () => {
  const program = `import { renderNextSteps } from './examples/demo/screen.mjs'; console.log(renderNextSteps({}));`;
  const { stdout } = await runModule(program, { env: { FORCE_COLOR: '1' } });
  expect(stdout).toContain('\x1b[1mnext:\x1b[22m');
});
