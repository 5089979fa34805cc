import { expect, test } from 'vitest';
import { providersOf } from '../../../src/instrumentations/onnxruntime/providers.js';

const supported = () => [{ name: 'webgpu' }, { name: 'cuda' }];

test.for<[unknown, readonly string[], number | undefined]>([
  [undefined, ['cpu'], undefined],
  [[], ['cpu'], undefined],
  ['cuda', ['cpu'], undefined],
  [['coreml', 'dml'], ['cpu'], undefined],
  [['cuda', 'cpu'], ['cuda', 'cpu'], 0],
  [[{ name: 'cuda', deviceId: 2 }, 'cpu'], ['cuda', 'cpu'], 2],
  [['cpu', { name: 'cuda', deviceId: -1 }], ['cpu', 'cuda'], 0],
  [[{ name: 'webgpu', deviceId: 3 }], ['webgpu'], undefined],
  [[null, 1, { name: 2 }], ['cpu'], undefined],
])(
  'the providers %j are those that the runtime has, with the CUDA device',
  ([requested, names, deviceId]) => {
    expect(providersOf(requested, supported)).toEqual({ names, deviceId });
  },
);

test('providers are reported as requested while the runtime cannot list its own', () => {
  expect(providersOf(['tensorrt'], undefined)).toEqual({ names: ['tensorrt'], deviceId: 0 });
});
