import { expect, it } from 'vitest';
import { parseFdinfo } from '../../../../src/gpu/sources/drm/fdinfo.js';
import {
  AMDGPU_FDINFO,
  AMDGPU_OLD_FDINFO,
  I915_FDINFO,
  withValues,
  XE_FDINFO,
} from '../../../helpers/fdinfo.js';

const KIB = 1024;

it('reads a client of amdgpu, and does not add the old name of an amount', () => {
  expect(parseFdinfo(AMDGPU_FDINFO)).toEqual({
    pciAddress: '0000:04:00.0',
    id: '4',
    memory: new Map([
      ['vram', 44_564 * KIB],
      ['gtt', 2392 * KIB],
      ['cpu', 0],
    ]),
    engines: new Map([['compute', { busy: 46_464_671, capacity: 1 }]]),
  });
});

it('takes the old name of an amount where a kernel has no other', () => {
  expect(parseFdinfo(AMDGPU_OLD_FDINFO)?.memory.get('vram')).toBe(2068 * KIB);
});

it('reads a client of i915, with the number of engines of a kind', () => {
  const { pciAddress, memory, engines } = parseFdinfo(I915_FDINFO) ?? {};
  expect(pciAddress).toBe('0000:00:02.0');
  expect(memory).toEqual(
    new Map([
      ['system0', 6044 * KIB],
      ['stolen-system0', 0],
    ]),
  );
  expect(engines).toEqual(
    new Map([
      ['render', { busy: 346_249, capacity: 1 }],
      ['copy', { busy: 0, capacity: 1 }],
      ['video', { busy: 0, capacity: 2 }],
      ['video-enhance', { busy: 0, capacity: 1 }],
    ]),
  );
});

it('reads the cycles of a client of xe', () => {
  const { memory, engines } = parseFdinfo(XE_FDINFO) ?? {};
  expect(memory?.get('vram0')).toBe(23_992 * KIB);
  expect(engines?.get('rcs')).toEqual({ busy: 28_257_900, total: 7_655_183_225, capacity: 1 });
  expect(engines?.get('ccs')).toEqual({ busy: 0, total: 7_655_183_225, capacity: 4 });
});

it('reads amounts in each unit', () => {
  const text = withValues(XE_FDINFO, { 'drm-resident-vram0': '3 GiB', 'drm-resident-gtt': '17' });
  expect(parseFdinfo(text)?.memory.get('vram0')).toBe(3 * 2 ** 30);
  expect(parseFdinfo(text)?.memory.get('gtt')).toBe(17);
});

it.each([
  ['another file', 'pos:\t0\nflags:\t0100002\nmnt_id:\t15\n'],
  ['an empty file', ''],
  ['a driver without clients', 'drm-driver:\tnouveau\ndrm-pdev:\t0000:01:00.0\n'],
])('finds no client in %s', (_what, text) => {
  expect(parseFdinfo(text)).toBeUndefined();
});

it('ignores values that are no numbers, and a capacity of 0', () => {
  const text = withValues(AMDGPU_FDINFO, {
    'drm-engine-compute': '-5 ns',
    'drm-engine-gfx': '100 ns',
    'drm-engine-capacity-gfx': '0',
    'drm-resident-vram': 'many KiB',
    'drm-memory-vram': '1 TB',
  });
  expect(parseFdinfo(text)?.engines).toEqual(new Map([['gfx', { busy: 100, capacity: 1 }]]));
  expect(parseFdinfo(text)?.memory.has('vram')).toBe(false);
});

it('reads a limited number of kinds', () => {
  const engines = Array.from({ length: 10_000 }, (_, i) => `drm-engine-e${i}:\t1 ns\n`);
  expect(parseFdinfo(AMDGPU_FDINFO + engines.join(''))?.engines.size).toBeLessThanOrEqual(64);
});
