import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmdgpuSource } from '../../../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { type FakeProc, fakeProc } from '../../../fakes/proc.js';
import { type FakeSysfs, fakeSysfs, uevent } from '../../../fakes/sysfs.js';
import { AMDGPU_FDINFO, withValues } from '../../../helpers/fdinfo.js';
import { FULL_AMDGPU } from '../../../helpers/full-readings.js';
import { withoutPrivileges } from '../../../helpers/without-privileges.js';

const CARD = '0000:c1:00.0';
const MIB = 1024;
let sysfs: FakeSysfs;
let proc: FakeProc;
let source: AmdgpuSource;
const sample = () => source.sample(new AbortController().signal);
const processes = async () => (await sample()).readings.map((reading) => reading.processes);

/** Returns what the kernel reports of a client of the card. */
const client = (id: number, values: Record<string, string> = {}) => ({
  target: '/dev/dri/renderD128',
  info: withValues(AMDGPU_FDINFO, { 'drm-pdev': CARD, 'drm-client-id': String(id), ...values }),
});
const vram = (mib: number) => ({
  'drm-resident-vram': `${mib * MIB} KiB`,
  'drm-memory-vram': `${mib * MIB} KiB`,
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sysfs = await fakeSysfs();
  proc = fakeProc(sysfs.proc);
  await proc.namespace();
  await sysfs.card(1, FULL_AMDGPU);
  source = new AmdgpuSource(sysfs);
});
afterEach(async () => {
  vi.useRealTimers();
  await source.close();
  await sysfs.remove();
});

it('lists the processes with their memory, largest first, each client once', async () => {
  await proc.process(
    20,
    { 3: client(1, vram(100)), 4: client(1, vram(100)), 5: client(2, vram(30)) },
    'blender',
  );
  await proc.process(21, { 3: client(3, vram(500)) }, 'python3');
  // Has a descriptor of another process.
  await proc.process(22, { 3: client(3, vram(500)) }, 'helper');
  expect((await processes())[0]).toEqual([
    { pid: 21, name: 'python3', usedMib: 500 },
    { pid: 20, name: 'blender', usedMib: 130 },
  ]);
});

it('reports the share of the time in which the engines worked for a process, from the second sample on', async () => {
  const use = (gfxMs: number, computeMs: number, decMs: number, encMs: number) =>
    client(1, {
      'drm-engine-gfx': `${gfxMs * 1e6} ns`,
      'drm-engine-compute': `${computeMs * 1e6} ns`,
      'drm-engine-dec': `${decMs * 1e6} ns`,
      'drm-engine-enc': `${encMs * 1e6} ns`,
    });
  await proc.process(20, { 3: use(0, 0, 0, 0) });
  const [first] = await processes();
  expect(first).toEqual([{ pid: 20, name: 'python3', usedMib: 44 }]);
  vi.advanceTimersByTime(1000);
  await proc.info(20, 3, use(250, 700, 100, 20).info);
  const [second] = await processes();
  expect(second).toEqual([
    { pid: 20, name: 'python3', usedMib: 44, gpuPercent: 70, decoderPercent: 10, encoderPercent: 2 },
  ]);
});

it('adds the time of all clients of a process', async () => {
  const use = (id: number, ms: number) => client(id, { 'drm-engine-compute': `${ms * 1e6} ns` });
  await proc.process(20, { 3: use(1, 0), 4: use(2, 0) });
  await sample();
  vi.advanceTimersByTime(1000);
  await proc.info(20, 3, use(1, 300).info);
  await proc.info(20, 4, use(2, 450).info);
  expect((await processes())[0]?.[0]?.gpuPercent).toBeCloseTo(75);
});

it('counts the shared memory of an integrated GPU as memory of its processes', async () => {
  await sysfs.card(1, {
    'device/mem_info_vram_total': String(512 * 2 ** 20),
    'device/mem_info_gtt_total': String(2 ** 36),
  });
  await proc.process(20, {
    3: client(1, { ...vram(100), 'drm-resident-gtt': '900 MiB', 'drm-resident-cpu': '5 MiB' }),
  });
  expect((await processes())[0]?.[0]?.usedMib).toBe(1000);
});

it('assigns clients to their card', async () => {
  await sysfs.card(2, uevent('0000:c2:00.0', 'amdgpu'));
  await proc.process(20, { 3: client(1), 4: client(1, { 'drm-pdev': '0000:c2:00.0', ...vram(7) }) });
  await proc.process(21, { 3: client(9, { 'drm-pdev': '0000:ff:00.0' }) });
  expect((await processes()).map((list) => list?.map(({ usedMib }) => usedMib))).toEqual([[44], [7]]);
});

it('has the memory of a process of ROCm once, whether its device file or KFD reports it', async () => {
  await sysfs.kfdNode(1, CARD);
  await sysfs.files({
    'kfd/kfd/topology/nodes/1/gpu_id': '4711',
    'kfd/kfd/proc/20/vram_4711': String(2 ** 30),
    'kfd/kfd/proc/20/stats_4711/cu_occupancy': '38',
  });
  await proc.process(20, { 3: client(1, vram(1024)) });
  expect((await processes())[0]).toEqual([{ pid: 20, name: 'python3', usedMib: 1024, gpuPercent: 50 }]);
});

it('leaves out the process IDs of KFD in a container, where they are those of other processes', async () => {
  await sysfs.removeFiles('../proc/self');
  await proc.namespace('pid:[4026532700]');
  await source.close();
  source = new AmdgpuSource(sysfs);
  await sysfs.kfdNode(1, CARD);
  await sysfs.files({
    'kfd/kfd/topology/nodes/1/gpu_id': '4711',
    'kfd/kfd/proc/9000/vram_4711': String(2 ** 30),
  });
  await proc.process(20, { 3: client(1) }, 'mine');
  expect((await processes())[0]).toEqual([{ pid: 20, name: 'mine', usedMib: 44 }]);
});

it('reads memory that a process of ROCm does not use every ten seconds only', async () => {
  await sysfs.kfdNode(1, CARD);
  await proc.process(20, {});
  const use = (bytes: number) =>
    sysfs.files({ 'kfd/kfd/topology/nodes/1/gpu_id': '4711', 'kfd/kfd/proc/20/vram_4711': String(bytes) });
  await use(0);
  expect((await processes())[0]).toEqual([]);
  await use(2 ** 30);
  vi.advanceTimersByTime(5000);
  expect((await processes())[0]).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect((await processes())[0]).toMatchObject([{ pid: 20, usedMib: 1024 }]);
});

it('lists the processes of this user and names the fault where those of others may not be read', async () => {
  await proc.process(20, { 3: client(1) }, 'mine');
  await proc.process(30, { 3: client(2) }, 'other');
  await chmod(join(sysfs.proc, '..'), 0o755);
  await chmod(join(sysfs.proc, '30/fd'), 0o000);
  const { readings, faults } = await withoutPrivileges(sample);
  expect(readings[0]?.processes).toMatchObject([{ pid: 20, name: 'mine' }]);
  expect(faults).toEqual([
    {
      reason: 'failed',
      detail: expect.stringContaining('no permission for the file descriptors of other users'),
    },
  ]);
  await chmod(join(sysfs.proc, '30/fd'), 0o755);
});

it('drops a process that ended at once', async () => {
  await proc.process(20, { 3: client(1) });
  expect((await processes())[0]).toHaveLength(1);
  await proc.info(20, 3, '');
  expect((await processes())[0]).toEqual([]);
});

it('takes another process for a client whose first process ended', async () => {
  await proc.process(20, { 3: client(1) });
  await proc.process(21, { 3: client(1) });
  const [first] = (await processes())[0] ?? [];
  await proc.info(first?.pid ?? 0, 3, '');
  const [second] = (await processes())[0] ?? [];
  expect([first?.pid, second?.pid].sort()).toEqual([20, 21]);
});

it('reads no processes where it is not to', async () => {
  await proc.process(20, { 3: client(1) });
  await source.close();
  source = new AmdgpuSource({ root: sysfs.root, proc: null });
  expect((await sample()).readings[0]).not.toHaveProperty('processes');
});
