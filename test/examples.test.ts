// Runs every example as its header comment describes.
import { readdir } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { freePorts } from '../scripts/backends/ports.mjs';
import { installPythonPackages } from '../scripts/backends/python/packages.mjs';
import { fakeNvidiaSmi } from './fakes/nvidia-smi.js';
import { runNode } from './helpers/child.js';
import { freePort } from './helpers/free-port.js';

const runs: Record<string, (context: TestContext) => Promise<void>> = {
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
  'python-workers.mjs': async ({ skip }) => {
    const PYTHONPATH = await installPythonPackages().catch(({ message }) => skip(message));
    const WORKER_PORTS = Object.values(await freePorts({ first: 0, second: 0 })).join();
    const { stdout, code } = await runNode(['examples/python-workers.mjs'], {
      env: { PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1', WORKER_PORTS },
    });
    expect(code).toBe(0);
    const requests = stdout.match(
      /(?<=traceId: '\w+',\n +parentSpanContext: undefined,.*\n.*\n +name: 'gateway.request',\n +id: ')\w+/g,
    );
    expect(requests).toHaveLength(2);
    const parents = stdout.match(
      /(?<=spanId: ')\w+(?=',\n.*\n.*\n.*\n.*\n +name: 'snakepit.python.tool.execution')/g,
    );
    expect(parents?.toSorted()).toEqual(requests?.toSorted());
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

test.for(Object.entries(runs))('%s runs as documented', ([, run], context) => run(context));
