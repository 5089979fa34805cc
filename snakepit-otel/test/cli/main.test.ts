// Runs the built command, with a fake nvidia-smi on PATH.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeNvidiaSmi } from '../../../test/fakes/nvidia-smi.js';
import { runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';

const AGENT = 'snakepit-otel/dist/command/main.cjs';

/** Two GPUs, and no inputs: their default addresses may be in use by another test. */
async function twoGpus(): Promise<Record<string, string>> {
  const nvidiaSmi = await fakeNvidiaSmi();
  onTestFinished(() => nvidiaSmi.remove());
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  return { PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}`, SNAKEPIT_OTEL_INPUTS: 'none' };
}

test('serves metrics of two GPUs until SIGTERM, and exits with 0', async () => {
  let page = '';
  const port = await freePort();
  const env = { ...(await twoGpus()), OTEL_EXPORTER_PROMETHEUS_PORT: port };
  const result = await runNode([AGENT, '--interval', '100ms'], {
    env,
    onOutput: (_output, child) => {
      const sampled = vi.waitFor(async () => {
        page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        expect(page).toContain('snakepit_gpu_memory_used_mb');
      }, 30_000);
      const end = () => void child.kill('SIGTERM');
      sampled.then(end, end);
    },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(page).toMatch(/^snakepit_gpu_memory_used_mb\{device="cuda:0".*\} \d+$/m);
  expect(page).toMatch(/^snakepit_gpu_memory_used_mb\{device="cuda:1".*\} \d+$/m);
  expect(page).toMatch(/^snakepit_hardware_detect_duration_count\{.*\} 1$/m);
});

test('exports metrics and logs over OTLP if an endpoint is set', async () => {
  const collector = await httpReceiver();
  const env = {
    ...(await twoGpus()),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(),
  };
  const result = await runNode([AGENT, '--for', '3s'], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const bodies = Buffer.concat(collector.exports.map(({ body }) => body));
  for (const name of [
    'snakepit.gpu.memory.used_mb',
    'snakepit.hardware.detect',
    'GPU found: device=cuda:0',
    'snakepit-otel',
  ]) {
    expect(bodies.includes(name), name).toBe(true);
  }
});

test('applies a file before its own defaults, and samples GPUs once if both request it', async () => {
  const collector = await httpReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-agent-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'telemetry.json');
  await writeFile(
    file,
    JSON.stringify({
      file_format: '1.0',
      resource: { attributes: [{ name: 'service.name', value: 'from-file' }] },
      logger_provider: {
        processors: [
          {
            batch: {
              exporter: { otlp_http: { endpoint: `${collector.endpoint}/v1/logs`, encoding: 'json' } },
            },
          },
        ],
      },
      'instrumentation/development': { js: { snakepit: { gpu: { interval: '1s' } } } },
    }),
  );
  const env = {
    ...(await twoGpus()),
    OTEL_CONFIG_FILE: file,
  };
  const result = await runNode([AGENT, '--for', '3s'], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const bodies = collector.exports.map(({ body }) => body.toString());
  expect(bodies.every((body) => body.includes('from-file'))).toBe(true);
  const found = bodies.flatMap((body) => body.match(/GPU found: device=cuda:0/g) ?? []);
  expect(found).toHaveLength(1);
});

test('exits with 2 and names an invalid setting', async () => {
  const result = await runNode([AGENT], { env: { SNAKEPIT_OTEL_GPU_INTERVAL_MS: 'often' } });
  expect(result.code).toBe(2);
  expect(result.stderr).toBe(
    'snakepit-otel: Invalid SNAKEPIT_OTEL_GPU_INTERVAL_MS: "often". Allowed: an integer from 100 to 2147483647 (ms).\n',
  );
});

test('hardware prints the detected hardware as JSON', async () => {
  const { stdout, code } = await runNode([AGENT, 'hardware']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    platform: expect.any(String),
    cpu: { model: expect.any(String) },
  });
});
