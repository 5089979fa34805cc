import { describe, expect, it } from 'vitest';
import {
  type HostGpu,
  resolveWorkerDevice,
  visibleDevices,
  type WorkerEnvironment,
} from '../../src/catalog/worker-device.js';

const gpuOf = (device: string, totalMib: number, name = 'H100'): HostGpu => ({
  device,
  totalMib,
  name,
  uuid: `GPU-${device.at(-1)}aaa-bbbb`,
});
const UNLIKE = [gpuOf('cuda:0', 4096, 'GTX 1650'), gpuOf('cuda:1', 11_264, 'RTX 2080 Ti')];
const ALIKE = [0, 1, 2, 3].map((i) => gpuOf(`cuda:${i}`, 81_559));
const GIB = 2 ** 30;

const resolve = (
  device: string,
  gpus: readonly HostGpu[],
  env?: WorkerEnvironment,
  totalBytes?: number,
): string | undefined =>
  resolveWorkerDevice(device, { ...(env && visibleDevices(env, device)), totalBytes }, gpus)?.device;

describe('with the environment of the worker', () => {
  it.each([
    ['cuda:0', {}, 'cuda:0'],
    ['cuda:3', {}, 'cuda:3'],
    ['cuda:4', {}, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '2' }, 'cuda:2'],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: '3, 1' }, 'cuda:1'],
    ['cuda', { CUDA_VISIBLE_DEVICES: '3' }, 'cuda:3'],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: '3' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '-1' }, undefined],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: '3,-1,0' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: 'GPU-2aaa' }, 'cuda:2'],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: 'GPU-' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '7' }, undefined],
  ])('%s of alike GPUs with %j is %s', (device, env, expected) => {
    expect(resolve(device, ALIKE, env)).toBe(expected);
  });

  it('knows a position among unlike GPUs only in the driver’s order', () => {
    expect(resolve('cuda:0', UNLIKE, {})).toBeUndefined();
    expect(resolve('cuda:0', UNLIKE, { CUDA_VISIBLE_DEVICES: '1' })).toBeUndefined();
    expect(resolve('cuda:0', UNLIKE, { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' })).toBe(
      'cuda:1',
    );
    expect(resolve('cuda:0', UNLIKE, { CUDA_VISIBLE_DEVICES: 'GPU-1aaa' })).toBe('cuda:1');
  });

  it('knows a GPU from its memory where its position says nothing', () => {
    expect(resolve('cuda:0', UNLIKE, {}, 11 * GIB)).toBe('cuda:1');
    expect(resolve('cuda:0', UNLIKE, { CUDA_VISIBLE_DEVICES: '1' }, 10.75 * GIB)).toBe('cuda:1');
  });

  it('does not take a GPU whose memory contradicts the message', () => {
    const env = { CUDA_VISIBLE_DEVICES: '0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };
    expect(resolve('cuda:0', UNLIKE, env, 11 * GIB)).toBeUndefined();
  });

  it('numbers the devices of ROCm as HIP does', () => {
    const gpus = [0, 1, 2, 3].map((i) => gpuOf(`rocm:${i}`, 196_608, `MI300X ${i}`));
    expect(resolve('rocm:1', gpus, {})).toBe('rocm:1');
    expect(resolve('rocm:0', gpus, { HIP_VISIBLE_DEVICES: '2' })).toBe('rocm:2');
    expect(resolve('rocm:0', gpus, { ROCR_VISIBLE_DEVICES: '3,1', HIP_VISIBLE_DEVICES: '1' })).toBe('rocm:1');
    expect(resolve('cuda:0', gpus, { HIP_VISIBLE_DEVICES: '2' })).toBe('rocm:2');
  });

  it('finds a MIG slice by its UUID', () => {
    const slice = { device: 'cuda:0:1', totalMib: 20_000, uuid: 'MIG-77' };
    expect(resolve('cuda:0', [gpuOf('cuda:0', 81_559), slice], { CUDA_VISIBLE_DEVICES: 'MIG-77' })).toBe(
      'cuda:0:1',
    );
  });
});

describe('without the environment of the worker', () => {
  it.each([
    ['the only GPU', 'cuda:0', ALIKE.slice(0, 1), undefined, 'cuda:0'],
    ['another than the only GPU', 'cuda:1', ALIKE.slice(0, 1), undefined, undefined],
    ['one of several', 'cuda:0', ALIKE, undefined, undefined],
    ['one of several alike ones', 'cuda:0', ALIKE, 79.1 * GIB, undefined],
    ['the one with the memory of the message', 'cuda:0', UNLIKE, 11_811_160_064, 'cuda:1'],
    ['the smaller one', 'cuda:0', UNLIKE, 3.81 * GIB, 'cuda:0'],
    ['none with the memory of the message', 'cuda:0', UNLIKE, 24 * GIB, undefined],
  ] as const)('knows %s', (_what, device, gpus, totalBytes, expected) => {
    expect(resolve(device, gpus, undefined, totalBytes)).toBe(expected);
  });
});
