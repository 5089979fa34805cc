// Runs every example as its header comment describes.
import { readdir } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fakeNvidiaSmi } from './fakes/nvidia-smi.js';
import { runNode } from './helpers/child.js';
import { freePort } from './helpers/free-port.js';

const runs: Record<string, () => Promise<void>> = {
  'existing-sdk.mjs': async () => {
    const { stdout, code } = await runNode(['examples/existing-sdk.mjs']);
    expect(code).toBe(0);
    expect(stdout).toContain("name: 'inference'");
    expect(stdout).toContain("'snakepit.model': 'resnet'");
    expect(stdout).toContain("name: 'snakepit.retry.attempt'");
    expect(stdout).toContain("name: 'snakepit.retry.failed_attempts.total'");
  },
  'zero-code-app.mjs': async () => {
    const { stdout, stderr, code } = await runNode(
      ['--import', 'snakepit-otel/register', 'examples/zero-code-app.mjs'],
      { env: { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' } },
    );
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain("name: 'nightly.batch'");
    expect(stdout).toContain("name: 'snakepit.error.dtype_mismatch'");
  },
  'custom-events.mjs': async () => {
    const { stdout, stderr, code } = await runNode(['examples/custom-events.mjs'], {
      env: { PORT: await freePort() },
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain('slow batch of bert');
    expect(stdout).toMatch(/^myapp_batches_total\{model="resnet".*\} 1$/m);
    expect(stdout).toMatch(/^snakepit_circuit_breaker_opened_total\{pool="default".*\} 1$/m);
  },
  'gpu-profiler.mjs': async () => {
    const nvidiaSmi = await fakeNvidiaSmi();
    onTestFinished(() => nvidiaSmi.remove());
    await nvidiaSmi.printsFixture('written-two-h100-550.csv');
    const env = { PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}` };
    const { stdout, code } = await runNode(['examples/gpu-profiler.mjs'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^GPU cuda:0: \d+\.\d% memory used$/m);
    expect(stdout).toContain('2 GPUs read');
    expect(stdout).toContain('sampleCount: 1');
  },
  'gpu-usage.mjs': async () => {
    const nvidiaSmi = await fakeNvidiaSmi();
    onTestFinished(() => nvidiaSmi.remove());
    await nvidiaSmi.printsFixture('written-one-h100-550.csv');
    const env = { PATH: `${nvidiaSmi.folder}${delimiter}${process.env.PATH}` };
    const { stdout, code } = await runNode(['examples/gpu-usage.mjs'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/'snakepit.gpu.samples': \d+/);
    expect(stdout).toMatch(/'snakepit.gpu.memory.peak_mb': \d+/);
    expect(stdout).toMatch(/'snakepit.gpu.energy.joules': \d+/);
  },
  'span-helper.mjs': async () => {
    const { stdout, stderr, code } = await runNode(['examples/span-helper.mjs']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain('train.epoch.stop epoch=1');
    expect(stdout).toContain('train.epoch.exception epoch=2');
    expect(stdout).toContain('caught loss is not finite');
    expect(stdout).toContain("name: 'train.checkpoint'");
  },
};

test('every example has a test', async () => {
  const files = await readdir(fileURLToPath(new URL('../examples', import.meta.url)));
  expect(files.filter((name) => name.endsWith('.mjs')).toSorted()).toEqual(Object.keys(runs).toSorted());
});

test.each(Object.entries(runs))('%s runs as documented', (_name, run) => run());
