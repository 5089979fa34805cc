import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveOptions } from '../../src/gpu/profiler-options.js';
import { DEFAULT_LIBRARY } from '../../src/gpu/sources/nvml/library.js';
import { FakeSource, sampled } from '../helpers/fixtures.js';

afterEach(() => vi.unstubAllEnvs());

const setting = (name: string) => expect.objectContaining({ code: 'SNAKEPIT_CONFIGURATION', setting: name });

it('has defaults', () => {
  expect(resolveOptions({})).toEqual({
    intervalMs: 5000,
    enabled: true,
    source: 'auto',
    nvmlLibrary: DEFAULT_LIBRARY,
    timeoutMs: 10_000,
    kubeletSocket: '/var/lib/kubelet/pod-resources/kubelet.sock',
  });
});

it.each([99, 0, -5000, Number.NaN, 2 ** 31, '5 s', null])('rejects the interval %s', (value) => {
  expect(() => resolveOptions({ intervalMs: value as number })).toThrow(setting('intervalMs'));
  expect(() => resolveOptions({ timeoutMs: (value ?? 0) as number })).toThrow(setting('timeoutMs'));
});

it('names the allowed values', () => {
  expect(() => resolveOptions({ intervalMs: 50 })).toThrow(
    'Invalid intervalMs: 50. Allowed: an integer from 100 to 2147483647.',
  );
  expect(() => resolveOptions({ source: 'nvdia-smi' as never })).toThrow(
    'Invalid source: "nvdia-smi". Allowed: auto, tegra, nvml, nvidia-smi, amdgpu, intel, apple.',
  );
});

it('rejects a string for a boolean, and an object that is no source', () => {
  expect(() => resolveOptions({ enabled: 'no' as never })).toThrow(setting('enabled'));
  expect(() => resolveOptions({ source: {} as never })).toThrow(setting('source'));
  expect(() => resolveOptions({ nvmlLibrary: ' ' })).toThrow(setting('nvmlLibrary'));
});

it('accepts a source object', () => {
  const source = new FakeSource(() => sampled());
  expect(resolveOptions({ source }).source).toBe(source);
});

describe('an environment variable', () => {
  it('sets interval and source unless code does', () => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_INTERVAL_MS', '250');
    vi.stubEnv('SNAKEPIT_OTEL_GPU_SOURCE', 'amdgpu');
    expect(resolveOptions({})).toMatchObject({ intervalMs: 250, source: 'amdgpu' });
    expect(resolveOptions({ intervalMs: 300, source: 'auto' })).toMatchObject({
      intervalMs: 300,
      source: 'auto',
    });
  });

  it('sets the NVML library unless code does', () => {
    vi.stubEnv('SNAKEPIT_OTEL_NVML_LIBRARY', '/opt/nvidia/libnvidia-ml.so.1');
    expect(resolveOptions({}).nvmlLibrary).toBe('/opt/nvidia/libnvidia-ml.so.1');
    expect(resolveOptions({ nvmlLibrary: 'mine.so' }).nvmlLibrary).toBe('mine.so');
  });

  it('sets the time limit and the path of nvidia-smi unless code does', () => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_TIMEOUT_MS', '30000');
    vi.stubEnv('SNAKEPIT_OTEL_NVIDIA_SMI', '/opt/nvidia/bin/nvidia-smi');
    expect(resolveOptions({})).toMatchObject({ timeoutMs: 30_000, nvidiaSmi: '/opt/nvidia/bin/nvidia-smi' });
    expect(resolveOptions({ timeoutMs: 500, nvidiaSmi: '/mine' })).toMatchObject({
      timeoutMs: 500,
      nvidiaSmi: '/mine',
    });
    vi.stubEnv('SNAKEPIT_OTEL_NVIDIA_SMI', './nvidia-smi');
    expect(() => resolveOptions({})).toThrow(setting('SNAKEPIT_OTEL_NVIDIA_SMI'));
  });

  it('sets the socket of the kubelet unless code does', () => {
    vi.stubEnv('SNAKEPIT_OTEL_KUBELET_SOCKET', 'none');
    expect(resolveOptions({}).kubeletSocket).toBe('none');
    expect(resolveOptions({ kubeletSocket: '/run/kubelet.sock' }).kubeletSocket).toBe('/run/kubelet.sock');
    vi.stubEnv('SNAKEPIT_OTEL_KUBELET_SOCKET', 'kubelet.sock');
    expect(() => resolveOptions({})).toThrow(
      'Invalid SNAKEPIT_OTEL_KUBELET_SOCKET: "kubelet.sock". Allowed: an absolute path, none.',
    );
  });

  it('counts as unset if it is empty', () => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_INTERVAL_MS', '');
    vi.stubEnv('SNAKEPIT_OTEL_GPU_SOURCE', ' ');
    expect(resolveOptions({})).toMatchObject({ intervalMs: 5000, source: 'auto' });
  });

  it.each(['99', '5s', '1e3000'])('with the interval %s is rejected under its own name', (value) => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_INTERVAL_MS', value);
    expect(() => resolveOptions({})).toThrow(setting('SNAKEPIT_OTEL_GPU_INTERVAL_MS'));
  });

  it('with an unknown source is rejected under its own name', () => {
    vi.stubEnv('SNAKEPIT_OTEL_GPU_SOURCE', 'cuda');
    expect(() => resolveOptions({})).toThrow(setting('SNAKEPIT_OTEL_GPU_SOURCE'));
  });
});
