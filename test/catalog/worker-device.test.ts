import { describe, expect, it } from 'vitest';
import { type HostGpu, resolveWorkerDevice } from '../../src/catalog/worker-device.js';
import { visibleDevices, type WorkerEnvironment } from '../../src/catalog/worker-environment.js';

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
    // A device that does not exist hides those after it, as does an unknown UUID.
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '1,9,2' }, 'cuda:1'],
    ['cuda:2', { CUDA_VISIBLE_DEVICES: '1,9,2' }, undefined],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: 'GPU-9999,GPU-2aaa' }, undefined],
    // A list with a device twice has none.
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '0,0' }, undefined],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: '0,1,0' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: 'GPU-2aaa,GPU-2aaa' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: '2gpu, +1' }, 'cuda:2'],
    ['cuda:1', { CUDA_VISIBLE_DEVICES: '2gpu, +1' }, 'cuda:1'],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: 'NoDevFiles' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: 'void' }, undefined],
    ['cuda:0', { CUDA_VISIBLE_DEVICES: ' 3' }, 'cuda:3'],
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
    expect(resolve('cuda:0', gpus, { CUDA_VISIBLE_DEVICES: '2' })).toBe('rocm:2');
    // HIP sees one device only, so that its second one does not exist.
    expect(resolve('rocm:0', gpus, { ROCR_VISIBLE_DEVICES: '2', HIP_VISIBLE_DEVICES: '1' })).toBeUndefined();
    expect(resolve('rocm:1', gpus, { ROCR_VISIBLE_DEVICES: '2,3', HIP_VISIBLE_DEVICES: '1,0' })).toBe(
      'rocm:2',
    );
    // An empty list of HIP is none; one of the runtime hides all devices.
    expect(resolve('rocm:1', gpus, { HIP_VISIBLE_DEVICES: '' })).toBe('rocm:1');
    expect(resolve('rocm:0', gpus, { HIP_VISIBLE_DEVICES: '', CUDA_VISIBLE_DEVICES: '3' })).toBe('rocm:3');
    expect(resolve('rocm:0', gpus, { ROCR_VISIBLE_DEVICES: '2', HIP_VISIBLE_DEVICES: '' })).toBe('rocm:2');
    expect(resolve('rocm:0', gpus, { ROCR_VISIBLE_DEVICES: '' })).toBeUndefined();
    // HIP skips a device that it has already.
    expect(resolve('rocm:1', gpus, { HIP_VISIBLE_DEVICES: '2,2,0' })).toBe('rocm:0');
  });

  it('finds a GPU of ROCm by its unique id', () => {
    const gpus = ['c4a8f1d2e3b40011', 'c4a8f1d2e3b40022'].map((uuid, i) => ({
      ...gpuOf(`rocm:${i}`, 196_608),
      uuid,
    }));
    expect(resolve('rocm:0', gpus, { ROCR_VISIBLE_DEVICES: 'GPU-c4a8f1d2e3b40022' })).toBe('rocm:1');
    expect(resolve('rocm:0', gpus, { HIP_VISIBLE_DEVICES: 'c4a8f1d2e3b40011' })).toBe('rocm:0');
    expect(resolve('rocm:0', gpus, { HIP_VISIBLE_DEVICES: 'GPU-ffff' })).toBeUndefined();
  });

  it('numbers the devices of Intel as Level Zero does, as far as that is known', () => {
    const arc = [0, 1, 2].map((i) => ({ device: `xpu:${i}`, totalMib: 16_384 }));
    expect(resolve('xpu:1', arc, {})).toBe('xpu:1');
    expect(resolve('xpu:0', arc, { ZE_AFFINITY_MASK: '2,0' })).toBe('xpu:2');
    expect(resolve('xpu:1', arc, { ZE_AFFINITY_MASK: '2,0' })).toBe('xpu:0');
    expect(resolve('xpu:0', arc, { ZE_AFFINITY_MASK: '1.0' })).toBe('xpu:1');
    expect(resolve('xpu:0', arc, { ZE_AFFINITY_MASK: '7' })).toBeUndefined();
    expect(resolve('xpu:0', arc, { ZE_AFFINITY_MASK: '' })).toBe('xpu:0');
    expect(resolve('xpu:0', arc, { ONEAPI_DEVICE_SELECTOR: 'level_zero:gpu' })).toBe('xpu:0');
    expect(resolve('xpu:0', arc, { ONEAPI_DEVICE_SELECTOR: 'level_zero:1' })).toBe('xpu:1');
    expect(resolve('xpu:0', arc, { ZE_AFFINITY_MASK: '1,2', ONEAPI_DEVICE_SELECTOR: 'level_zero:1' })).toBe(
      'xpu:2',
    );
    // An integrated GPU comes last or not at all.
    const integrated = { device: 'xpu:0' };
    expect(resolve('xpu:0', [integrated, { device: 'xpu:1', totalMib: 16_384 }], {})).toBe('xpu:1');
    expect(resolve('xpu:0', [integrated], {})).toBe('xpu:0');
    // Unlike cards are in an order of their own, and each tile of a large card is a device.
    const unlike = [
      { device: 'xpu:0', totalMib: 8192 },
      { device: 'xpu:1', totalMib: 24_576 },
    ];
    expect(resolve('xpu:1', unlike, {})).toBeUndefined();
    expect(resolve('xpu:1', unlike, { ZE_ENABLE_PCI_ID_DEVICE_ORDER: '1' })).toBe('xpu:1');
    const tiled = [0, 1].map((i) => ({ device: `xpu:${i}`, totalMib: 131_072 }));
    expect(resolve('xpu:1', tiled, {})).toBeUndefined();
    expect(resolve('xpu:0', tiled, { ZE_AFFINITY_MASK: '1.0' })).toBe('xpu:1');
  });

  it('finds a MIG slice by its UUID', () => {
    const slice = { device: 'cuda:0:1', totalMib: 20_000, uuid: 'MIG-77' };
    expect(resolve('cuda:0', [gpuOf('cuda:0', 81_559), slice], { CUDA_VISIBLE_DEVICES: 'MIG-77' })).toBe(
      'cuda:0:1',
    );
  });
});

describe('with a GPU that is divided into MIG slices', () => {
  const parent = gpuOf('cuda:0', 81_559);
  const slice = (i: number, totalMib: number) => ({
    device: `cuda:0:${i}`,
    totalMib,
    uuid: `MIG-${i}7`,
    parentUuid: parent.uuid ?? '',
    gpuInstanceId: i + 1,
  });
  const one = [parent, slice(0, 20_000)];
  const two = [...one, slice(1, 10_000)];

  it.each([
    ['its only slice', one, {}, undefined, 'cuda:0:0'],
    ['its only slice by the position', one, { CUDA_VISIBLE_DEVICES: '0' }, undefined, 'cuda:0:0'],
    ['none of several', two, {}, undefined, undefined],
    ['none of several by the position', two, { CUDA_VISIBLE_DEVICES: '0' }, undefined, undefined],
    ['the one with the memory of the message', two, {}, 9.75 * GIB, 'cuda:0:1'],
    ['one by its older name', two, { CUDA_VISIBLE_DEVICES: `MIG-${parent.uuid}/2/0` }, undefined, 'cuda:0:1'],
    ['one with unknown environment', one, undefined, undefined, 'cuda:0:0'],
    ['none of several with unknown environment', two, undefined, undefined, undefined],
  ] as const)('knows %s', (_what, gpus, env, totalBytes, expected) => {
    expect(resolve('cuda:0', gpus, env, totalBytes)).toBe(expected);
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
