import { afterEach, expect, it, vi } from 'vitest';
import { findKoffi } from '../../../../src/gpu/sources/nvml/koffi.js';
import { NvmlSource, nvmlAbsence } from '../../../../src/gpu/sources/nvml.js';

vi.mock('../../../../src/gpu/sources/nvml/koffi.js', () => ({ findKoffi: vi.fn() }));
afterEach(() => vi.mocked(findKoffi).mockReset());

it('without koffi, says what to install', async () => {
  const missing = { why: 'koffi is not installed', advice: 'npm install koffi' };
  expect(await nvmlAbsence()).toEqual(missing);
  await expect(new NvmlSource().sample(new AbortController().signal)).rejects.toMatchObject({
    code: 'not_found',
    message: 'koffi is not installed: npm install koffi',
  });
});
