// An MI300X that is divided into partitions (k8s-device-plugin#157): each is a node of KFD, and all share one PCI address and unique_id.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AmdgpuSource } from '../../../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { type FakeProc, fakeProc } from '../../../fakes/proc.js';
import { type FakeSysfs, fakeSysfs, uevent } from '../../../fakes/sysfs.js';
import { AMDGPU_FDINFO, withValues } from '../../../helpers/fdinfo.js';
import { gpuMetrics, u16, u32, u64 } from '../../../helpers/gpu-metrics.js';

const ADDRESS = '0000:c1:00.0';
const GIB = 2 ** 30;
let sysfs: FakeSysfs;
let proc: FakeProc;
let source: AmdgpuSource;
const sample = async () => (await source.sample(new AbortController().signal)).readings;

beforeEach(async () => {
  sysfs = await fakeSysfs();
  proc = fakeProc(sysfs.proc);
  await proc.namespace();
  source = new AmdgpuSource(sysfs);
  await sysfs.card(1, {
    ...uevent(ADDRESS, 'amdgpu'),
    'device/unique_id': 'abcd',
    'device/mem_info_vram_total': String(192 * GIB),
    'device/mem_info_vram_used': String(100 * GIB),
    'device/gpu_busy_percent': '50',
    'device/hwmon/hwmon5/name': 'amdgpu',
    'device/hwmon/hwmon5/power1_input': '620000000',
  });
  await sysfs.kfdNode(0);
  await divide(8);
});
afterEach(async () => {
  await source.close();
  await sysfs.remove();
});

/** Divides the card into partitions. */
async function divide(count: number) {
  for (let partition = 0; partition < 8; partition++) {
    const number = partition + 1;
    const node = `kfd/kfd/topology/nodes/${number}`;
    if (partition >= count) {
      await sysfs.removeFiles(node);
      continue;
    }
    await sysfs.kfdNode(number, ADDRESS, {
      location_id: 0xc100 | partition,
      drm_render_minor: 128 + partition,
      unique_id: 0xabcd,
      simd_count: 152,
    });
    await sysfs.files({
      [`${node}/gpu_id`]: String(1000 + partition),
      [`${node}/mem_banks/0/properties`]: `heap_type 1\nsize_in_bytes ${(192 / count) * GIB}`,
    });
  }
  await sysfs.card(1, {
    'device/current_compute_partition': count === 8 ? 'CPX' : count === 2 ? 'DPX' : 'SPX',
  });
  await sysfs.kfdGeneration(count);
}

it('lists each partition as a device, with its own memory', async () => {
  const readings = await sample();
  expect(readings.map(({ device }) => device)).toEqual(Array.from({ length: 8 }, (_, i) => `rocm:${i}`));
  expect(readings[0]).toMatchObject({
    uuid: 'abcd',
    memoryTotalMib: 24_576,
    watts: 620,
    computePartition: 'CPX',
  });
  expect(readings[7]).toMatchObject({
    uuid: 'abcd:7',
    parentUuid: 'abcd',
    memoryTotalMib: 24_576,
    computePartition: 'CPX',
  });
  expect(readings[7]).not.toHaveProperty('watts');
  expect(new Set(readings.map(({ uuid }) => uuid)).size).toBe(8);
});

it('reports the utilization of each partition, not that of the card', async () => {
  const partition = (i: number) => 344 + i * 440;
  await sysfs.gpuMetrics(
    1,
    gpuMetrics(
      '1.8',
      3872,
      u16(4, 52),
      u16(338, 8),
      u32(partition(0), 3),
      u32(partition(5), 99),
      u64(24, 65_536n),
    ),
  );
  const readings = await sample();
  expect(readings.map(({ gpuPercent }) => gpuPercent)).toEqual([
    3,
    undefined,
    undefined,
    undefined,
    undefined,
    99,
    undefined,
    undefined,
  ]);
  expect(readings[0]).toMatchObject({ celsius: 52, energyJoules: 1 });
});

it('lists the processes of each partition, with the memory that ROCm holds and its share of compute units', async () => {
  await proc.process(4242, {}, 'vllm');
  await sysfs.files({
    'kfd/kfd/proc/4242/vram_1003': String(5 * GIB),
    'kfd/kfd/proc/4242/vram_1004': '0',
    'kfd/kfd/proc/4242/stats_1003/cu_occupancy': '19',
    'kfd/kfd/proc/4242/stats_1004/cu_occupancy': '0',
  });
  const readings = await sample();
  expect(readings[3]).toMatchObject({
    memoryUsedMib: 5120,
    memoryFreeMib: 24_576 - 5120,
    processes: [{ pid: 4242, name: 'vllm', usedMib: 5120, gpuPercent: 50 }],
  });
  expect(readings[4]).toMatchObject({ memoryUsedMib: 0, processes: [] });
});

it('finds the partition of a client by its device file, as it has no address on the bus', async () => {
  const info = withValues(AMDGPU_FDINFO, { 'drm-resident-vram': '1 GiB' }).replace(/^drm-pdev:.*\n/m, '');
  await proc.process(7, { 9: { target: '/dev/dri/renderD130', info } });
  await proc.process(8, {
    9: { target: '/dev/dri/renderD128', info: withValues(AMDGPU_FDINFO, { 'drm-pdev': ADDRESS }) },
  });
  const readings = await sample();
  expect(readings[2]?.processes).toMatchObject([{ pid: 7, usedMib: 1024 }]);
  expect(readings[0]?.processes).toMatchObject([{ pid: 8, usedMib: 44 }]);
  expect(readings.flatMap(({ processes }) => processes)).toHaveLength(2);
});

it('notices that the card was divided in another way', async () => {
  expect(await sample()).toHaveLength(8);
  await divide(2);
  const readings = await sample();
  expect(readings.map(({ memoryTotalMib, computePartition }) => [memoryTotalMib, computePartition])).toEqual([
    [98_304, 'DPX'],
    [98_304, 'DPX'],
  ]);
  await divide(1);
  expect(await sample()).toMatchObject([
    { uuid: 'abcd', memoryTotalMib: 196_608, memoryUsedMib: 102_400, gpuPercent: 50 },
  ]);
});
