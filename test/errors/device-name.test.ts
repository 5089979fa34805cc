import { expect, test } from 'vitest';
import { deviceName } from '../../src/errors/device-name.js';

test.each([
  ['cuda:1', 'cuda:1'],
  ['GPU:0', 'cuda:0'],
  ['GPU', 'cuda'],
  ['HIP', 'rocm'],
  ['CPU:0', 'cpu'],
  ['mps:0', 'mps'],
  ['xpu:2', 'xpu:2'],
  ['torch.cuda.HalfTensor', 'cuda'],
  ['torch.FloatTensor', 'cpu'],
  ['MPSFloatType', 'mps'],
])('%s is %s', (text, device) => {
  expect(deviceName(text)).toBe(device);
});
