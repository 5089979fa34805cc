import { expect, it } from 'vitest';
import { kernelPciAddress } from '../../src/gpu/pci-address.js';

it.each([
  ['00000000:1B:00.0', '0000:1b:00.0'],
  ['0000:C1:00.0', '0000:c1:00.0'],
  ['00010000:01:00.0', '10000:01:00.0'],
  [' 00000001:3D:00.1 ', '0001:3d:00.1'],
  ['0:0B:00', '0000:0b:00.0'],
])('converts %s to the form of the kernel: %s', (written, address) => {
  expect(kernelPciAddress(written)).toBe(address);
});

it.each(['', 'N/A', '1B:00.0', '00000000:1B:00.9', 'GPU-1'])("rejects '%s'", (written) => {
  expect(kernelPciAddress(written)).toBeUndefined();
});
