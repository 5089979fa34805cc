import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IntelSource } from '../../../../src/gpu/sources/intel/intel-source.js';
import { type FakeProc, fakeProc } from '../../../fakes/proc.js';
import { type FakeSysfs, fakeSysfs, uevent } from '../../../fakes/sysfs.js';
import { I915_FDINFO, withValues, XE_FDINFO } from '../../../helpers/fdinfo.js';
import { withoutPrivileges } from '../../../helpers/without-privileges.js';

const TARGET = '/dev/dri/renderD128';
const GIB = 2 ** 30;
let sysfs: FakeSysfs;
let proc: FakeProc;
let source: IntelSource;
const sample = () => source.sample(new AbortController().signal);
const reading = async () => (await sample()).readings[0];
const xe = (id: number, values: Record<string, string> = {}) => ({
  target: TARGET,
  info: withValues(XE_FDINFO, { 'drm-client-id': String(id), ...values }),
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sysfs = await fakeSysfs();
  proc = fakeProc(sysfs.proc);
  await proc.namespace();
  source = new IntelSource(sysfs);
});
afterEach(async () => {
  vi.useRealTimers();
  await source.close();
  await sysfs.remove();
});

const xeCard = (tiles = 1) =>
  sysfs.card(0, {
    ...uevent('0000:03:00.0', 'xe'),
    ...Object.fromEntries(
      Array.from({ length: tiles }, (_, i) => [`device/tile${i}/physical_vram_size_bytes`, String(8 * GIB)]),
    ),
  });

it('reports the memory of an xe card: its size over all tiles, and what its clients hold', async () => {
  await xeCard(2);
  await proc.process(20, { 3: xe(1, { 'drm-resident-vram0': '1 GiB', 'drm-resident-vram1': '512 MiB' }) });
  await proc.process(21, { 3: xe(2, { 'drm-resident-vram0': '256 MiB', 'drm-resident-gtt': '4 GiB' }) });
  expect(await reading()).toMatchObject({
    memoryTotalMib: 16_384,
    memoryUsedMib: 1792,
    processes: [
      { pid: 20, usedMib: 1536 },
      { pid: 21, usedMib: 256 },
    ],
  });
});

it('does not report more memory in use than there is, where clients share some of it', async () => {
  await xeCard();
  const shared = { 'drm-resident-vram0': '5 GiB', 'drm-shared-vram0': '5 GiB' };
  await proc.process(20, { 3: xe(1, shared) });
  await proc.process(21, { 3: xe(2, shared) });
  expect(await reading()).toMatchObject({
    memoryTotalMib: 8192,
    memoryUsedMib: 8192,
    processes: [{ usedMib: 5120 }, { usedMib: 5120 }],
  });
});

it('does not report a part of the clients as the memory in use', async () => {
  await xeCard();
  await proc.process(20, { 3: xe(1) });
  await proc.process(30, { 3: xe(2) });
  await chmod(join(sysfs.proc, '..'), 0o755);
  await chmod(join(sysfs.proc, '30/fd'), 0o000);
  const { readings, faults } = await withoutPrivileges(sample);
  expect(readings[0]).toMatchObject({ memoryTotalMib: 8192, processes: [{ pid: 20, usedMib: 23 }] });
  expect(readings[0]?.memoryUsedMib).toBeUndefined();
  expect(faults).toHaveLength(1);
  await chmod(join(sysfs.proc, '30/fd'), 0o755);
});

it('does not report the clients of one container as the memory in use', async () => {
  await xeCard();
  await sysfs.removeFiles('../proc/self');
  await proc.namespace('pid:[4026532700]');
  await source.close();
  source = new IntelSource(sysfs);
  await proc.process(20, { 3: xe(1) });
  const { processes, memoryUsedMib } = (await reading()) ?? {};
  expect(processes).toMatchObject([{ pid: 20, name: 'python3', usedMib: 23 }]);
  expect(memoryUsedMib).toBeUndefined();
});

it('reports the share of cycles in which the engines of xe worked for a process', async () => {
  await xeCard();
  const use = (total: number, ccs: number, vcs: number) =>
    xe(1, {
      'drm-cycles-ccs': String(ccs),
      'drm-total-cycles-ccs': String(total),
      'drm-cycles-vcs': String(vcs),
      'drm-total-cycles-vcs': String(total),
    });
  await proc.process(20, { 3: use(1000, 0, 0) });
  expect((await reading())?.processes).toEqual([{ pid: 20, name: 'python3', usedMib: 23 }]);
  vi.advanceTimersByTime(1000);
  await proc.info(20, 3, use(2000, 3000, 400).info);
  // Four compute engines and two video engines.
  expect((await reading())?.processes).toMatchObject([{ gpuPercent: 75, decoderPercent: 20 }]);
});

it('reports the memory of the machine that processes hold on an integrated GPU', async () => {
  await sysfs.card(0, uevent('0000:00:02.0', 'i915'));
  const use = (renderMs: number) => ({
    target: TARGET,
    info: withValues(I915_FDINFO, {
      'drm-resident-stolen-system0': '100 KiB',
      'drm-engine-render': `${renderMs * 1e6} ns`,
    }),
  });
  await proc.process(20, { 3: use(0) }, 'firefox');
  await sample();
  vi.advanceTimersByTime(2000);
  await proc.info(20, 3, use(500).info);
  expect(await reading()).toMatchObject({
    processes: [{ pid: 20, name: 'firefox', usedMib: 6, gpuPercent: 25, decoderPercent: 0 }],
  });
});
