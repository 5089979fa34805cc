import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeviceKeys } from '../../../src/gpu/pods/device-keys.js';
import { HeldDevices } from '../../../src/gpu/pods/held-devices.js';
import { decodeAllocations } from '../../../src/gpu/pods/pod-resources.js';
import type { GpuReading } from '../../../src/gpu/readings.js';
import { encodePods, type FakeDevice } from '../../fakes/kubelet.js';
import { gpu } from '../../helpers/fixtures.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Returns the devices that a container with this device holds. */
async function held(device: FakeDevice, gpus: readonly GpuReading[]): Promise<string[]> {
  const answer = encodePods([{ name: 'pod', containers: { main: [device] } }]);
  const keys = new DeviceKeys(root, new AbortController().signal);
  const devices = await HeldDevices.from(await decodeAllocations(answer), keys, HeldDevices.NONE);
  return gpus.filter((each) => devices.of(each) !== undefined).map((each) => each.device);
}

const UUID = 'GPU-00000001-1111-2222-3333-444444444444';
const NVIDIA = [
  gpu(0, { pciAddress: '0000:1b:00.0' }),
  gpu(1, { pciAddress: '0000:3d:00.0', uuid: UUID }),
  gpu(1, {
    device: 'cuda:1:0',
    uuid: 'MIG-a',
    parentUuid: UUID,
    pciAddress: '0000:3d:00.0',
    gpuInstanceId: 3,
  }),
  gpu(1, {
    device: 'cuda:1:1',
    uuid: 'MIG-b',
    parentUuid: UUID,
    pciAddress: '0000:3d:00.0',
    gpuInstanceId: 5,
  }),
];
const nvidia = (...ids: string[]): FakeDevice => ({ ids });
const claim = (driver: string, device: string, cdi?: string): FakeDevice => ({
  claims: [{ driver, device, ...(cdi !== undefined && { cdi }) }],
});

it.each([
  ['a UUID', nvidia(UUID), ['cuda:1']],
  ['a share of a GPU', nvidia(`${UUID}::17`), ['cuda:1']],
  ['a MIG device', { resource: 'nvidia.com/mig-1g.10gb', ids: ['MIG-a'] }, ['cuda:1:0']],
  ['a share of a MIG device', { resource: 'nvidia.com/gpu.shared', ids: ['MIG-b::2'] }, ['cuda:1:1']],
  ['a share of another scheduler’s, which may be of another GPU', nvidia(`${UUID}-7`), []],
  ['a GPU of GKE', nvidia('nvidia0'), ['cuda:0']],
  ['a MIG device of GKE', nvidia('nvidia1/gi3'), ['cuda:1:0']],
  ['a share of GKE', nvidia('nvidia1/vgpu2'), ['cuda:1']],
  ['a share of a MIG device of GKE', nvidia('nvidia1/gi5/vgpu0'), ['cuda:1:1']],
  ['the like of another resource', { resource: 'example.com/gpu', ids: ['nvidia0', '0000:1b:00.0'] }, []],
  ['a claim of NVIDIA’s DRA driver', claim('gpu.nvidia.com', 'gpu-1'), ['cuda:1']],
  ['a claim that only the API resolves', claim('gpu.nvidia.com', 'gpu-1-mig-19-0-1'), []],
  ['a claim with the UUID in its CDI name', claim('example.com', 'x', `nvidia.com/gpu=${UUID}`), ['cuda:1']],
])('finds the NVIDIA device of %s', async (_form, device, expected) => {
  expect(await held(device, NVIDIA)).toEqual(expected);
});

it('takes the numbers of NVIDIA’s device files from the driver where they differ from the positions', async () => {
  await write('proc/driver/nvidia/gpus/0000:1b:00.0/information', 'Model: \t\t A100\nDevice Minor: \t 1\n');
  await write('proc/driver/nvidia/gpus/0000:3d:00.0/information', 'Model: \t\t A100\nDevice Minor: \t 0\n');
  expect(await held(nvidia('nvidia0'), NVIDIA)).toEqual(['cuda:1']);
  expect(await held(nvidia('nvidia0/gi5'), NVIDIA)).toEqual(['cuda:1:1']);
  expect(await held(claim('gpu.nvidia.com', 'gpu-1'), NVIDIA)).toEqual(['cuda:0']);
  expect(await held(nvidia('nvidia7'), NVIDIA)).toEqual([]);
});

it('finds AMD’s GPUs by their PCI address, and partitions by their render device', async () => {
  const amd = (index: number, rest: Partial<GpuReading>) =>
    gpu(index, { device: `rocm:${index}`, vendor: 'amd', pciAddress: '0000:c1:00.0', ...rest });
  const gpus = [
    amd(0, { uuid: 'a' }),
    amd(1, { uuid: 'a:1', parentUuid: 'a' }),
    amd(2, { uuid: 'a:2', parentUuid: 'a' }),
  ];
  for (const [node, minor] of [128, 136, 144].entries())
    await write(
      `sys/class/kfd/kfd/topology/nodes/${node + 1}/properties`,
      `simd_count 304\nlocation_id 49408\ndomain 0\ndrm_render_minor ${minor}\n`,
    );
  await write('sys/devices/platform/amdgpu_xcp_30/drm/renderD144/dev', '');
  const ids = (id: string): FakeDevice => ({ resource: 'amd.com/cpx_nps4', ids: [id] });
  expect(await held(ids('0000:c1:00.0'), gpus)).toEqual(['rocm:0']);
  expect(await held(ids('amdgpu_xcp_30'), gpus)).toEqual(['rocm:2']);
  expect(await held(ids('amdgpu_xcp_31'), gpus)).toEqual([]);
  // AMD's DRA driver names both device files.
  expect(await held(claim('gpu.amd.com', 'gpu-1-128'), gpus)).toEqual(['rocm:0']);
  expect(await held(claim('gpu.amd.com', 'gpu-1-144'), gpus)).toEqual(['rocm:2']);
  expect(await held(claim('gpu.amd.com', 'gpu-1'), gpus)).toEqual([]);
  await mkdir(join(root, 'sys/class/drm/card1'), { recursive: true });
  await symlink('../../../devices/pci0000:c0/0000:c1:00.0', join(root, 'sys/class/drm/card1/device'));
  expect(await held(claim('gpu.amd.com', 'gpu-1-150'), gpus)).toEqual(['rocm:0']);
});

it('finds Intel’s GPUs by the address of their card, but not for those that only monitor', async () => {
  const gpus = [0, 1].map((index) =>
    gpu(index, {
      device: `xpu:${index}`,
      vendor: 'intel',
      uuid: undefined,
      pciAddress: `0000:0${index + 3}:00.0`,
    }),
  );
  await mkdir(join(root, 'sys/class/drm/card1'), { recursive: true });
  await symlink('../../../devices/pci0000:00/0000:04:00.0', join(root, 'sys/class/drm/card1/device'));
  const ids = (resource: string): FakeDevice => ({ resource, ids: ['card1-0'] });
  expect(await held(ids('gpu.intel.com/i915'), gpus)).toEqual(['xpu:1']);
  expect(await held(ids('gpu.intel.com/xe'), gpus)).toEqual(['xpu:1']);
  expect(await held(ids('gpu.intel.com/i915_monitoring'), gpus)).toEqual([]);
  expect(await held(claim('gpu.intel.com', '0000-03-00-0-0x56c0'), gpus)).toEqual(['xpu:0']);
});
