import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProcessScan } from '../../../../src/gpu/sources/drm/process-scan.js';
import { SerialFileReader } from '../../../../src/system/serial-file-reader.js';
import { type FakeProc, fakeProc } from '../../../fakes/proc.js';
import { type FakeSysfs, fakeSysfs } from '../../../fakes/sysfs.js';

const signal = new AbortController().signal;
const GPU = { target: '/dev/dri/renderD128' };
let sysfs: FakeSysfs;
let proc: FakeProc;
let scan: ProcessScan;
/** Runs the search and returns the device files that are known. */
const found = async () => {
  await scan.run(signal);
  return [...scan.deviceFiles()].map(({ pid, node }) => `${pid} ${node}`);
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sysfs = await fakeSysfs();
  proc = fakeProc(sysfs.proc);
  await proc.namespace();
  scan = new ProcessScan(proc.folder, new SerialFileReader(signal));
});
afterEach(async () => {
  vi.useRealTimers();
  await sysfs.remove();
});

it('finds the device files of graphics cards among the descriptors of each process', async () => {
  await proc.process(10, { 0: { target: '/dev/null' }, 3: { target: 'socket:[123]' }, 7: GPU });
  await proc.process(11, { 4: { target: '/dev/dri/card1' }, 5: GPU });
  await proc.process(12, { 4: { target: '/home/dev/dri/renderD128' } });
  expect((await found()).sort()).toEqual(['10 renderD128', '11 card1', '11 renderD128']);
  expect(scan.hasSearched).toBe(true);
  expect(scan.isDenied).toBe(false);
});

it('is not available without a list of processes', async () => {
  await rm(proc.folder, { recursive: true });
  expect(await found()).toEqual([]);
  expect(scan.isAvailable).toBe(false);
  expect(scan.hasSearched).toBe(false);
});

it('searches again after ten seconds: new processes, and what others have opened and closed', async () => {
  await proc.process(10, { 3: GPU });
  await proc.process(11, { 3: { target: '/dev/null' } });
  expect(await found()).toEqual(['10 renderD128']);
  await proc.process(12, { 3: GPU });
  await proc.process(11, { 3: { target: '/dev/null' }, 4: GPU });
  vi.advanceTimersByTime(9_000);
  expect(await found()).toEqual(['10 renderD128']);
  vi.advanceTimersByTime(1_000);
  expect((await found()).sort()).toEqual(['10 renderD128', '11 renderD128', '12 renderD128']);
  await proc.process(10, {});
  vi.advanceTimersByTime(10_000);
  expect((await found()).sort()).toEqual(['11 renderD128', '12 renderD128']);
});

it('forgets processes that ended, and takes a process ID that is used again for another process', async () => {
  await proc.process(10, { 3: GPU });
  await proc.process(11, { 3: GPU });
  expect(await found()).toHaveLength(2);
  await proc.end(10);
  await proc.process(11, { 5: { target: '/dev/dri/renderD129' } });
  vi.advanceTimersByTime(10_000);
  expect(await found()).toEqual(['11 renderD129']);
});

it('continues a search in the next sample when it takes too long', async () => {
  for (let pid = 101; pid <= 150; pid++) await proc.process(pid, { 3: GPU });
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 2));
  const counts: number[] = [];
  while (!scan.hasSearched) counts.push((await found()).length);
  expect(counts.length).toBeGreaterThan(1);
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts[0]).toBeLessThan(50);
  expect(counts.at(-1)).toBe(50);
});

it('examines a limited number of descriptors', async () => {
  const descriptors = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i, GPU]));
  await proc.process(10, descriptors);
  expect(await found()).toHaveLength(256);
});

it('knows that /proc hides the processes of other users', async () => {
  await proc.process(10, { 3: GPU });
  await proc.end(1);
  expect(await found()).toEqual(['10 renderD128']);
  expect(scan.isDenied).toBe(true);
});
