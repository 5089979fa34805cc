// Validates the files that operators deploy with the programs that read them.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { JAEGER_CONFIG, PROMETHEUS_CONFIG } from '../../scripts/backends/install.mjs';
import { prometheusName } from '../../scripts/prometheus-name.mjs';
import { metricDefinitions } from '../../src/index.js';
import { SERIES_GAUGE } from '../../src/recorders/metrics/self-metrics.js';
import { installed } from '../helpers/backends.js';

const programs = await installed();
const run = promisify(execFile);
const validate = (collector: string, configs: readonly string[]) =>
  run(collector, ['validate', ...configs.map((config) => `--config=${config}`)], {
    env: { GATEWAY_RESOLVER: '{dns: {hostname: otel-gateway-headless}}' },
  });

test.each([
  { role: 'single', configs: ['otel-collector.yaml'] },
  { role: 'agent', configs: ['otel-collector.yaml', 'deploy/collector/agent.yaml'] },
  { role: 'gateway', configs: ['otel-collector.yaml', 'deploy/collector/gateway.yaml'] },
])('the Collector accepts its configuration as $role', async ({ configs }) => {
  await validate(programs.collector, configs);
});

test('the Collector rejects an invalid configuration', async () => {
  await expect(validate(programs.collector, [JAEGER_CONFIG])).rejects.toThrow(/unknown type: "jaeger_/);
});

test('Jaeger accepts its configuration', async () => {
  await validate(programs.jaeger, [JAEGER_CONFIG]);
});

test('promtool accepts the configuration, and alerts fire and clear as their tests expect', async () => {
  await run(programs.promtool, ['check', 'config', PROMETHEUS_CONFIG]);
  await run(programs.promtool, ['check', 'rules', 'deploy/prometheus/alerts.yaml']);
  const { stdout } = await run(programs.promtool, ['test', 'rules', 'deploy/prometheus/alerts.test.yaml']);
  expect(stdout).toContain('SUCCESS');
});

test('alerts query only metrics of the catalog', async () => {
  const alerts = await readFile('deploy/prometheus/alerts.yaml', 'utf8');
  // The package's own gauge, which has no event.
  const known = new Set([...metricDefinitions(), SERIES_GAUGE].map(prometheusName));
  const queried = new Set(alerts.match(/\bsnakepit_\w+/g));
  expect(queried.size).toBeGreaterThan(5);
  expect([...queried].filter((name) => !known.has(name))).toEqual([]);
});
