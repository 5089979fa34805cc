// The demo, run for real: real worker processes, a real breaker, and the metrics page read while it runs.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runNode } from './support/child.js';
import { freePort } from './support/free-port.js';

const value = (page: string, series: string) =>
  Number(new RegExp(`^${series}(?:,[^}]*)?\\} (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
const counted = (output: string, what: string) =>
  Number(new RegExp(`^  ${what.replaceAll('.', '\\.')} +(\\d+)$`, 'm').exec(output)?.[1] ?? 0);

test('what the metrics page says is what happened', { timeout: 60_000 }, async () => {
  let page = '';
  const port = await freePort();
  const result = await runNode(['examples/demo/main.mjs', '--for', '7s'], {
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: port },
    onOutput: async () => {
      // Asked at every print; the last answer stands.
      page = await fetch(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.text(),
        () => page,
      );
    },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });

  expect(value(page, 'snakepit_hardware_detect_duration_count\\{accelerator="[a-z]+"')).toBe(1);
  expect(
    value(page, 'snakepit_circuit_breaker_opened_total\\{pool="default",reason="failures"'),
  ).toBeGreaterThan(0);
  expect(value(page, 'snakepit_circuit_breaker_closed_total\\{pool="default"')).toBeGreaterThan(0);
  expect(value(page, 'snakepit_circuit_breaker_state\\{pool="default"')).toBe(0);
  expect(value(page, 'snakepit_gpu_memory_used_mb\\{device="cuda:0"')).toBeGreaterThan(0);
  expect(page).toMatch(/^hw_gpu_memory_usage\{/m);

  // What cannot change between the page and the end of the run: the outage and the special requests come early.
  const final = result.stdout.slice(result.stdout.lastIndexOf('snakepit demo:'));
  const onPage = {
    oom: value(page, 'snakepit_errors_oom_total\\{device="[a-z0-9:]+"'),
    opened: value(page, 'snakepit_circuit_breaker_opened_total\\{pool="default",reason="failures"'),
    rejected: value(page, 'snakepit_circuit_breaker_calls_rejected_total\\{pool="default"'),
  };
  expect(onPage).toEqual({
    oom: counted(final, 'snakepit.error.oom'),
    opened: counted(final, 'snakepit.circuit_breaker.opened'),
    rejected: counted(final, 'snakepit.circuit_breaker.call.rejected'),
  });
  expect(final).toMatch(/last operation:\n {2}demo\.request [\d.]+ ms\n {4}demo\.preprocess/);
});

test('Ctrl-C ends it cleanly', { timeout: 30_000 }, async () => {
  let interrupted = false;
  const result = await runNode(['examples/demo/main.mjs'], {
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort() },
    onOutput: (output, child) => {
      if (!interrupted && output.includes('last operation:')) interrupted = child.kill('SIGINT');
    },
  });
  expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('a wrong --for is told', () => {
  const { status, stderr } = spawnSync(process.execPath, ['examples/demo/main.mjs', '--for', 'ever'], {
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(stderr).toContain('Invalid --for: ever');
});
