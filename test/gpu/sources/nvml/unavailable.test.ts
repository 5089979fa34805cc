import { afterEach, expect, it, vi } from 'vitest';
import { findKoffi } from '../../../../src/gpu/sources/nvml/koffi.js';
import { NvmlSource, probeNvml } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import * as absence from '../../../../src/gpu/sources/nvml/unavailable.js';

vi.mock('../../../../src/gpu/sources/nvml/koffi.js', () => ({ findKoffi: vi.fn() }));
vi.mock('../../../../src/gpu/sources/nvml/unavailable.js', async (original) => ({
  ...(await original<object>()),
  isWsl: vi.fn(() => false),
}));
afterEach(() => vi.mocked(findKoffi).mockReset());

it('without koffi, says what to install', async () => {
  const missing = { reason: 'koffi is not installed', remedy: 'npm install koffi' };
  expect(await probeNvml()).toEqual(missing);
  await expect(new NvmlSource().sample(new AbortController().signal)).rejects.toMatchObject({
    reason: 'not_found',
    message: 'koffi is not installed: npm install koffi',
  });
});

it('on WSL 2, is not tried unless it is named', async () => {
  const load = vi.fn();
  vi.mocked(findKoffi).mockReturnValue({ load } as never);
  vi.mocked(absence.isWsl).mockReturnValueOnce(true);
  expect(await probeNvml()).toMatchObject({ reason: expect.stringContaining('WSL 2') });
  expect(load).not.toHaveBeenCalled();
});
