import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { gpuUsageTracker } from '../../../src/gpu/usage/gpu-usage-tracker.js';
import { processUsage } from '../../../src/gpu/usage/process-usage.js';
import { gpu } from '../../helpers/fixtures.js';

const namespace = vi.hoisted(() => ({ isHost: true }));
vi.mock('../../../src/system/host-namespace.js', () => ({ isInHostPidNamespace: () => namespace.isHost }));

/** A process that does not run, so that its id is all that is known. */
const PID = 2 ** 22 + 1;
const OTHER = 2 ** 22 + 2;
const MIG_UUID = 'MIG-aaaaaaaa-1111-2222-3333-444444444444';
const UUID = 'GPU-bbbbbbbb-1111-2222-3333-444444444444';

/** The latest time that `Date.now()` may stand for is assumed. */
const CLOCK_MS = 0.999;

const tracker = gpuUsageTracker();
let begin = 0;
let detach = () => {};
/** Lets a sample succeed, ms after the begin. */
function sample(at: number, ...readings: readonly ReturnType<typeof gpu>[]): void {
  vi.setSystemTime(begin + at);
  tracker.record(readings, performance.now());
}
const reading = (index: number, pids: readonly number[], rest: Partial<ReturnType<typeof gpu>> = {}) =>
  gpu(index, { processes: pids.map((pid) => ({ pid })), ...rest });
/** Usage of a span between two times, ms after the begin. */
const usage = (start: number, end: number, origin: Parameters<typeof processUsage>[0] = { pid: PID }) =>
  processUsage(origin, begin + start + CLOCK_MS, begin + end + CLOCK_MS);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  begin = Date.now();
  // As on a host: both clocks go on at the same rate.
  vi.spyOn(performance, 'now').mockImplementation(() => 1e6 + Date.now() - begin);
  detach = tracker.attach(() => undefined);
});
afterEach(() => {
  detach();
  namespace.isHost = true;
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a span has the readings in its time, and its part of the energy of the intervals that it cuts', () => {
  const used = (memoryUsedMib: number, energyJoules: number, gpuPercent: number) =>
    reading(0, [PID], { memoryUsedMib, energyJoules, gpuPercent });
  sample(0, used(10, 0, 1));
  sample(1000, used(100, 200, 50));
  sample(2000, used(300, 400, 70));
  sample(3000, used(200, 800, 90));
  sample(4000, used(900, 9000, 99));
  expect(usage(500, 2950)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 3,
    'snakepit.gpu.memory.peak_mb': 300,
    'snakepit.gpu.memory.delta_mb': 100,
    'snakepit.gpu.utilization.mean_percent': 70,
    'snakepit.gpu.utilization.max_percent': 90,
    'snakepit.gpu.energy.joules': expect.closeTo(100 + 200 + 0.95 * 400, 6),
  });
});

test('a reading after the end counts for memory up to one second, for utilization up to 100 ms', () => {
  const used = reading(0, [PID], { memoryUsedMib: 100, gpuPercent: 50, watts: 100 });
  sample(0, used);
  sample(5000, used);
  expect(usage(4000, 4500)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 1,
    'snakepit.gpu.memory.peak_mb': 100,
    'snakepit.gpu.energy.joules': expect.closeTo(50, 6),
  });
  expect(usage(4000, 4950)).toMatchObject({ 'snakepit.gpu.utilization.max_percent': 50 });
  expect(usage(1000, 2000)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 0,
    'snakepit.gpu.energy.joules': expect.closeTo(100, 6),
  });
});

test('a span that readings do not reach back to has no energy, and one after the last reading nothing', () => {
  const used = reading(0, [PID], { memoryUsedMib: 100, watts: 100 });
  sample(1000, used);
  sample(2000, used);
  sample(2600, used);
  expect(usage(500, 2500)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 3,
    'snakepit.gpu.memory.peak_mb': 100,
  });
  vi.setSystemTime(begin + 5000);
  expect(usage(3000, 4000)).toBeUndefined();
  expect(usage(2000, 3600)).toMatchObject({ 'snakepit.gpu.energy.joules': expect.closeTo(160, 6) });
});

test('a span is shared if another process held memory of the device in its time', () => {
  for (const [at, pids] of [
    [1000, [PID]],
    [2000, [PID]],
    [3000, [PID, OTHER]],
    [4000, [PID]],
    [5000, [PID]],
  ] as const)
    sample(at, reading(0, pids, { memoryUsedMib: 1 }));
  const isShared = (start: number, end: number) => usage(start, end)?.['snakepit.gpu.shared'];
  expect([isShared(1100, 1900), isShared(1100, 2500), isShared(2900, 3900), isShared(3100, 4900)]).toEqual([
    undefined,
    true,
    true,
    undefined,
  ]);
});

test('a process on several devices has none unless its span names one, or the slice that it uses', () => {
  const slice = { ...reading(0, [PID], { memoryUsedMib: 3 }), device: 'cuda:0:1', uuid: MIG_UUID };
  const both = [
    reading(0, [PID], { memoryUsedMib: 1, uuid: UUID }),
    reading(1, [PID], { memoryUsedMib: 2 }),
    reading(2, [OTHER], { memoryUsedMib: 4 }),
  ];
  for (const at of [0, 1000]) sample(at, ...both);
  const device = (origin: Parameters<typeof processUsage>[0]) =>
    usage(100, 900, origin)?.['snakepit.gpu.device'];
  expect(device({ pid: PID })).toBeUndefined();
  expect(device({ pid: PID, device: 'cuda:0' })).toBeUndefined();
  const env = { CUDA_VISIBLE_DEVICES: '1,0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };
  expect(device({ pid: PID, device: 'cuda:0', env })).toBe('cuda:1');
  expect(device({ pid: PID, device: 'cuda:0', env: { CUDA_VISIBLE_DEVICES: '2' } })).toBeUndefined();
  expect(device({ pid: PID, device: UUID.toUpperCase() })).toBe('cuda:0');
  expect(device({ device: UUID.replace('GPU-', '') })).toBe('cuda:0');
  expect(device({ device: 'GPU-cccccccc-1111-2222-3333-444444444444' })).toBeUndefined();
  expect(device({ device: 'cuda:2' })).toBeUndefined();
  expect(device({ pid: OTHER })).toBe('cuda:2');
  for (const at of [2000, 3000, 4000]) sample(at, reading(0, [PID]), slice, reading(1, []));
  expect(usage(3100, 3900)?.['snakepit.gpu.device']).toBe('cuda:0:1');
});

test('a span that names the UUID of its GPU shares it with every second process', () => {
  for (const [at, pids] of [
    [0, []],
    [1000, [PID]],
    [2000, [PID]],
    [3000, [PID, OTHER]],
  ] as const)
    sample(at, reading(0, pids, { memoryUsedMib: 1, uuid: UUID }));
  const isShared = (start: number, end: number) =>
    usage(start, end, { device: UUID })?.['snakepit.gpu.shared'] ?? false;
  expect([isShared(100, 900), isShared(1100, 1900), isShared(1100, 2500)]).toEqual([false, false, true]);
});

test('a process uses the device of the processes that it started, and does not share it with them', async () => {
  const program = `const { pid } = require('child_process').spawn('sleep', ['60']); console.log(pid)`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill());
  const [output] = await new Promise<Buffer[]>((resolve) =>
    child.stdout?.once('data', (data) => resolve([data])),
  );
  const grandchild = Number(String(output));
  onTestFinished(() => void process.kill(grandchild));
  for (const at of [0, 1000]) sample(at, reading(0, [grandchild], { memoryUsedMib: 1 }), reading(1, [OTHER]));
  expect(usage(100, 900, { pid: Number(child.pid) })).toMatchObject({ 'snakepit.gpu.device': 'cuda:0' });
  expect(usage(100, 900, { pid: Number(child.pid) })).not.toHaveProperty(['snakepit.gpu.shared']);
  expect(usage(100, 900, { pid: grandchild })).toMatchObject({ 'snakepit.gpu.device': 'cuda:0' });
  expect(usage(100, 900)).toBeUndefined();
});

test('a span with times of another clock, or from before its process, has no usage', () => {
  for (const at of [0, 1000, 2000]) sample(at, reading(0, [PID], { memoryUsedMib: 1 }));
  expect(usage(1500, 2050)).toBeDefined();
  expect(usage(1500, 2200)).toBeUndefined();
  expect(usage(60_000, 61_000)).toBeUndefined();
  expect(usage(Number.NaN, 1000)).toBeUndefined();
  expect(usage(500, 900, { pid: PID, startedAt: begin + 400 })).toBeDefined();
  expect(usage(500, 900, { pid: PID, startedAt: begin + 700 })).toBeUndefined();
});

test('the readings of a lost device are forgotten, and all without a profiler', () => {
  for (const at of [0, 1000]) sample(at, reading(0, [PID], { memoryUsedMib: 1 }));
  tracker.forget('cuda:0');
  expect(usage(100, 900)).toBeUndefined();
  for (const at of [2000, 3000]) sample(at, reading(0, [PID], { memoryUsedMib: 1 }));
  expect(usage(2100, 2900)).toBeDefined();
  detach();
  expect(usage(2100, 2900)).toBeUndefined();
});

test('a day of readings takes no more memory than minutes of them, and peaks between dense ones are kept', () => {
  const used = (memoryUsedMib: number) => reading(0, [PID], { memoryUsedMib, watts: 100 });
  for (let at = 0; at < 86_400_000; at += 5000) sample(at, used(1));
  expect(tracker.recent.get('cuda:0')?.intervals.length).toBeLessThan(500);
  for (let i = 1; i <= 100_000; i++) sample(86_400_000 + 5 * i, used(i === 99_000 ? 77 : 1));
  expect(tracker.recent.get('cuda:0')?.intervals.length).toBeLessThan(4100);
  const end = 86_400_000 + 500_000;
  expect(usage(end - 60_000, end - 1000)).toMatchObject({
    'snakepit.gpu.memory.peak_mb': 77,
    'snakepit.gpu.energy.joules': expect.closeTo(5900, 6),
  });
});

test('in a container, where drivers number processes as the host does, only a UUID determines the GPU', async () => {
  namespace.isHost = false;
  vi.resetModules();
  const { processUsage: inContainer } = await import('../../../src/gpu/usage/process-usage.js');
  for (const at of [0, 1000]) sample(at, reading(0, [PID], { memoryUsedMib: 1, uuid: UUID }));
  expect(inContainer({ pid: PID }, begin + 100, begin + 900)).toBeUndefined();
  expect(inContainer({ pid: PID, device: UUID }, begin + 100, begin + 900)).toBeDefined();
});

test('a span from before the machine was suspended has the readings of its time', () => {
  const used = (joules: number, memoryUsedMib: number) =>
    reading(0, [PID], { memoryUsedMib, energyJoules: joules });
  sample(0, used(0, 10));
  sample(1000, used(100, 20));
  sample(2000, used(200, 30));
  // The wall clock goes on, `performance.now()` does not.
  const SUSPENDED_MS = 3_600_000;
  begin += SUSPENDED_MS;
  sample(3000, used(600, 40));
  sample(4000, used(700, 50));
  const expected = {
    'snakepit.gpu.memory.peak_mb': 30,
    'snakepit.gpu.energy.joules': expect.closeTo(150, 6),
  };
  expect(usage(500 - SUSPENDED_MS, 2000 - SUSPENDED_MS)).toMatchObject(expected);
  expect(usage(3000, 4000)).toMatchObject({
    'snakepit.gpu.memory.peak_mb': 50,
    'snakepit.gpu.energy.joules': expect.closeTo(100, 6),
  });
  // A span around the suspension has all of its readings.
  expect(usage(1000 - SUSPENDED_MS, 4000)).toMatchObject({
    'snakepit.gpu.energy.joules': expect.closeTo(600, 6),
  });
});

test('a clock that is set back changes no earlier span', () => {
  const used = (energyJoules: number) => reading(0, [PID], { energyJoules });
  for (let at = 0; at <= 5000; at += 1000) sample(at, used(at / 10));
  begin -= 600_000;
  for (let at = 6000; at <= 9000; at += 1000) sample(at, used(2 * at));
  expect(usage(1000 + 600_000, 3000 + 600_000)).toMatchObject({
    'snakepit.gpu.energy.joules': expect.closeTo(200, 6),
  });
  expect(usage(7000, 8000)).toMatchObject({ 'snakepit.gpu.energy.joules': expect.closeTo(2000, 6) });
});
