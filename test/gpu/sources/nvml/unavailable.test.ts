import { afterEach, expect, it, vi } from 'vitest';
import { findKoffi } from '../../../../src/gpu/sources/nvml/koffi.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import { probeNvml } from '../../../../src/gpu/sources/nvml/probe.js';
import * as unavailable from '../../../../src/gpu/sources/nvml/unavailable.js';

vi.mock('../../../../src/gpu/sources/nvml/koffi.js', () => ({ findKoffi: vi.fn() }));
vi.mock('../../../../src/gpu/sources/nvml/unavailable.js', async (original) => ({
  ...(await original<object>()),
  isWsl: vi.fn(() => false),
}));
afterEach(() => vi.mocked(findKoffi).mockReset());

it('reports what to install if koffi is missing', async () => {
  const missing = { reason: 'koffi is not installed', remedy: 'npm install koffi' };
  expect(await probeNvml()).toEqual(missing);
  await expect(new NvmlSource().sample(new AbortController().signal)).rejects.toMatchObject({
    code: 'not_found',
    message: 'koffi is not installed: npm install koffi',
  });
});

it('does not load the library on WSL 2 unless the source is selected by name', async () => {
  const load = vi.fn();
  vi.mocked(findKoffi).mockReturnValue({ load } as never);
  vi.mocked(unavailable.isWsl).mockReturnValueOnce(true);
  expect(await probeNvml()).toMatchObject({ reason: expect.stringContaining('WSL 2') });
  expect(load).not.toHaveBeenCalled();
});
