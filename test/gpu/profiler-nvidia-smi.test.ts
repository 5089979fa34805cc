import { delimiter } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GPUProfiler } from '../../src/gpu/profiler.js';
import type { GPUProfilerOptions } from '../../src/gpu/profiler-options.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { until } from '../helpers/fixtures.js';

// The profiler with a real child process: a fake nvidia-smi on PATH.
let nvidiaSmi: FakeNvidiaSmi;
let profiler: GPUProfiler;
const start = (options: GPUProfilerOptions = {}) => {
  profiler = new GPUProfiler({ enabled: false, ...options });
  return profiler;
};

beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
  vi.stubEnv('PATH', `${nvidiaSmi.folder}${delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  await profiler.shutdown();
  vi.unstubAllEnvs();
  await nvidiaSmi.remove();
});

it('starts one process for overlapping callers', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  start();
  const samples = await Promise.all([profiler.sampleNow(), profiler.sampleNow(), profiler.sampleNow()]);
  expect(samples[0]).toHaveLength(2);
  expect(await nvidiaSmi.starts()).toBe(1);
});

it('kills a hanging process at the time limit, counts the failure and samples again', async () => {
  await nvidiaSmi.hangs();
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  start({ timeoutMs: 200 });
  await expect(profiler.sampleNow()).rejects.toMatchObject({
    code: 'sample_failed',
    cause: { code: 'timeout' },
  });
  await until(async () => (await nvidiaSmi.running()) === 0);
  expect(profiler.getStats()).toMatchObject({ sampleCount: 0, failedSamples: 1 });

  await nvidiaSmi.recovers();
  await until(() => profiler.sampleNow().catch(() => false));
  expect(profiler.getStats()).toMatchObject({ sampleCount: 1, deviceCount: 2 });
});

it('leaves no process after shutdown', async () => {
  await nvidiaSmi.hangs();
  start({ enabled: true });
  await until(async () => (await nvidiaSmi.running()) === 2);
  await profiler.shutdown();
  expect(await nvidiaSmi.running()).toBe(0);
});

it('stops counting a device that disappears between samples', async () => {
  await nvidiaSmi.printsFixture('written-two-h100-550.csv');
  start();
  await profiler.sampleNow();
  expect(profiler.getStats().deviceCount).toBe(2);
  await nvidiaSmi.printsFixture('written-one-h100-550.csv');
  await profiler.sampleNow();
  expect(profiler.getStats()).toMatchObject({ deviceCount: 1, sampleCount: 2 });
});

it('fails a sample with the error output of nvidia-smi', async () => {
  await nvidiaSmi.exitsWith(9);
  await nvidiaSmi.printsToStderr(
    'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
  );
  start();
  await expect(profiler.sampleNow()).rejects.toMatchObject({
    code: 'sample_failed',
    message: expect.stringContaining('nvidia-smi: exit code 9: NVIDIA-SMI has failed'),
  });
});

it('fails with no_gpu on a host without a source and probes again in the next sample', async () => {
  const { path } = nvidiaSmi;
  vi.stubEnv('PATH', '/no/such/folder');
  start();
  await expect(profiler.sampleNow()).rejects.toMatchObject({ code: 'no_gpu' });
  expect(profiler.getStats()).toMatchObject({ sampleCount: 0, failedSamples: 0 });
  vi.stubEnv('PATH', `${path.replace('/nvidia-smi', '')}${delimiter}/usr/bin${delimiter}/bin`);
  await nvidiaSmi.printsFixture('titan-x-2016.csv');
  expect(await profiler.sampleNow()).toHaveLength(8);
});

it('counts a failure if a source selected by name is missing', async () => {
  vi.stubEnv('PATH', '/no/such/folder');
  start({ source: 'nvidia-smi' });
  await expect(profiler.sampleNow()).rejects.toMatchObject({
    code: 'sample_failed',
    cause: { code: 'not_found' },
  });
  expect(profiler.getStats().failedSamples).toBe(1);
});
