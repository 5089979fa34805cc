import { chmod, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBetterSource, openSource } from '../../src/gpu/choose-source.js';
import { amdgpuUnavailable } from '../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { appleUnavailable } from '../../src/gpu/sources/apple.js';
import { intelUnavailable } from '../../src/gpu/sources/intel/intel-source.js';
import { tegraUnavailable } from '../../src/gpu/sources/tegra/tegra-source.js';
import { findExecutable } from '../../src/system/find-executable.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { fakeGpu, fakeNvml, noCompiler } from '../fakes/nvml.js';

const ABSENT = vi.hoisted(() => ({ reason: 'no card', remedy: 'none' }));
vi.mock('../../src/gpu/sources/amdgpu/amdgpu-source.js', async (original) => ({
  ...(await original<object>()),
  amdgpuUnavailable: vi.fn(async () => ABSENT),
}));
vi.mock('../../src/gpu/sources/intel/intel-source.js', async (original) => ({
  ...(await original<object>()),
  intelUnavailable: vi.fn(async () => ABSENT),
}));
vi.mock('../../src/gpu/sources/apple.js', async (original) => ({
  ...(await original<object>()),
  appleUnavailable: vi.fn(async () => ABSENT),
}));
vi.mock('../../src/gpu/sources/tegra/tegra-source.js', async (original) => ({
  ...(await original<object>()),
  tegraUnavailable: vi.fn(async () => ABSENT),
}));

let nvidiaSmi: FakeNvidiaSmi;
beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
  vi.stubEnv('PATH', ['/no/such/folder', '', nvidiaSmi.folder].join(delimiter));
});
afterEach(async () => {
  vi.mocked(intelUnavailable).mockResolvedValue(ABSENT);
  vi.mocked(appleUnavailable).mockResolvedValue(ABSENT);
  vi.mocked(tegraUnavailable).mockResolvedValue(ABSENT);
  vi.unstubAllEnvs();
  vi.mocked(amdgpuUnavailable).mockResolvedValue(ABSENT);
  await nvidiaSmi.remove();
});

describe('NVML', () => {
  beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));

  it('is preferred if its library lists a GPU', async () => {
    const nvml = await fakeNvml({ gpus: [fakeGpu(0)] });
    const source = await openSource('auto', { nvmlLibrary: nvml.library });
    expect(source?.name).toBe('nvml');
    await source?.close();
    await nvml.script({});
    expect((await openSource('auto', { nvmlLibrary: nvml.library }))?.name).toBe('nvidia-smi');
    await nvml.remove();
  });

  it('is opened by name without a probe', async () => {
    expect((await openSource('nvml', { nvmlLibrary: '/no/such/library' }))?.name).toBe('nvml');
  });
});

it('finds nvidia-smi on PATH and prefers it, without starting it', async () => {
  vi.mocked(amdgpuUnavailable).mockResolvedValue(undefined);
  expect((await openSource('auto'))?.name).toBe('nvidia-smi');
  expect(await nvidiaSmi.starts()).toBe(0);
});

it('prefers the files of a Tegra, of which the other sources report little', async () => {
  vi.mocked(tegraUnavailable).mockResolvedValue(undefined);
  expect((await openSource('auto'))?.name).toBe('tegra');
  expect((await openBetterSource('nvidia-smi'))?.name).toBe('tegra');
});

it('falls back to the next source without nvidia-smi, and to none if there is no other', async () => {
  await nvidiaSmi.remove();
  expect(await openSource('auto')).toBeUndefined();
  vi.mocked(appleUnavailable).mockResolvedValue(undefined);
  expect((await openSource('auto'))?.name).toBe('apple');
  vi.mocked(intelUnavailable).mockResolvedValue(undefined);
  expect((await openSource('auto'))?.name).toBe('intel');
  vi.mocked(amdgpuUnavailable).mockResolvedValue(undefined);
  expect((await openSource('auto'))?.name).toBe('amdgpu');
});

it('opens a named source without a probe', async () => {
  await nvidiaSmi.remove();
  expect((await openSource('nvidia-smi'))?.name).toBe('nvidia-smi');
  expect((await openSource('amdgpu'))?.name).toBe('amdgpu');
  expect((await openSource('intel'))?.name).toBe('intel');
  expect((await openSource('tegra'))?.name).toBe('tegra');
  expect((await openSource('apple'))?.name).toBe('apple');
});

it('does not find a file that is not executable', async () => {
  expect(await findExecutable('nvidia-smi')).toBe(nvidiaSmi.path);
  await chmod(nvidiaSmi.path, 0o644);
  expect(await findExecutable('nvidia-smi')).toBeUndefined();
  await mkdir(join(nvidiaSmi.folder, 'folder'));
  expect(await findExecutable('folder')).toBeUndefined();
  vi.stubEnv('PATH', undefined);
  expect(await findExecutable('sh')).toBeUndefined();
});
