// The demo, run for real: real worker processes, a real breaker, and the metrics page read while it runs.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runNode } from './helpers/child.js';
import { counted, lastSummary, runDemo } from './helpers/demo.js';
import { freePort } from './helpers/free-port.js';

const value = (page: string, series: string) =>
  Number(new RegExp(`^${series}(?:,[^}]*)?\\} (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);

test('what the metrics page says is what happened', { timeout: 120_000 }, async () => {
  const port = await freePort();
  let before = '';
  let page = '';
  const result = await runDemo({ OTEL_EXPORTER_PROMETHEUS_PORT: port }, async (output) => {
    if (counted(output, 'snakepit.circuit_breaker.closed') === 0) return false;
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
    // The page was read after one print and before another; counters only grow.
    expect(counted(before, event), event).toBeGreaterThan(0);
    expect(value(page, series), event).toBeGreaterThanOrEqual(counted(before, event));
    expect(value(page, series), event).toBeLessThanOrEqual(counted(result.stdout, event));
  }
  expect(lastSummary(result.stdout)).toMatch(
    /last operation:\n {2}demo\.request [\d.]+ ms(?: ✗ \w+)?\n {4}demo\.preprocess [\d.]+ ms\n/,
  );
});

test('--for ends it, amid an outage too', { timeout: 60_000 }, async () => {
  const result = await runNode(['examples/demo/main.mjs', '--for', '2s'], {
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort() },
  });
  expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(counted(result.stdout, 'demo.request')).toBeGreaterThan(0);
});

test('a wrong --for is told', () => {
  const { status, stderr } = spawnSync(process.execPath, ['examples/demo/main.mjs', '--for', 'ever'], {
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(stderr).toContain('Invalid --for: ever');
});
