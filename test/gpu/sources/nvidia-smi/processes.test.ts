import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProcessList, parseComputeApp } from '../../../../src/gpu/sources/nvidia-smi/processes.js';
import { runProgram } from '../../../../src/system/run-program.js';
import { type FakeNvidiaSmi, fakeNvidiaSmi } from '../../../fakes/nvidia-smi.js';
import { fixture, until } from '../../../helpers/fixtures.js';

vi.mock('../../../../src/system/run-program.js', { spy: true });

it.each([
  ['GPU-1, 11345, ./gpu_burn, 15690 MiB', 'gpu_burn', 15690],
  ['GPU-1, 11345, C:\\Program Files\\Python\\python.exe, [N/A]', 'python.exe', undefined],
  ['GPU-1, 11345, [Not Found], 64208', undefined, 64208],
  ['GPU-1, 11345, [Insufficient Permissions], [Insufficient Permissions]', undefined, undefined],
  ['GPU-1, 11345, a,b, c, 1', 'a, b, c', 1],
  ['GPU-1, 11345, /opt/app/, 1', 'app', 1],
  ['MIG-1, 11345, -, 1', undefined, 1],
])('parses %s', (line, name, usedMib) => {
  expect(parseComputeApp(line)).toEqual({ uuid: line.slice(0, 5), pid: 11345, name, usedMib });
});

it('truncates a long name', () => {
  expect(parseComputeApp(`GPU-1, 1, /bin/${'x'.repeat(5000)}, 1`)?.name).toHaveLength(128);
});

it.each([
  '',
  'gpu_uuid, pid, process_name, used_gpu_memory [MiB]',
  'GPU-1, 1',
  'GPU-1, -1, python, 1',
  'No running processes found',
])('does not parse %j as a process', (line) => {
  expect(parseComputeApp(line)).toBeUndefined();
});

const H100 = 'GPU-00000000-0000-0000-0000-000000000000';
let nvidiaSmi: FakeNvidiaSmi;
let list: ProcessList;
beforeEach(async () => {
  nvidiaSmi = await fakeNvidiaSmi();
  list = new ProcessList(10_000);
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.mocked(runProgram).mockClear();
});
afterEach(async () => {
  vi.useRealTimers();
  await list.stop();
  expect(await nvidiaSmi.running()).toBe(0);
  await nvidiaSmi.remove();
});
const listed = () => until(() => list.processesOf(H100));
const running = (count: number) => until(async () => (await nvidiaSmi.running()) === count);
const runCount = () => nvidiaSmi.starts('query-compute-apps');

it('lists the processes that hold memory of a device, the largest first', async () => {
  await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
  list.refresh(nvidiaSmi.path);
  expect(await listed()).toEqual([
    { pid: 11345, name: 'gpu_burn', usedMib: 15690 },
    { pid: 11327, name: 'memhog', usedMib: 2566 },
    { pid: 11328, name: 'memhog', usedMib: 1542 },
  ]);
  expect(await nvidiaSmi.arguments()).toEqual([
    '--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,noheader,nounits',
  ]);
});

it('lists 32 processes at most', async () => {
  const rows = Array.from({ length: 100 }, (_, row) => `${H100}, ${row + 1}, python, ${row}\n`);
  await nvidiaSmi.printsProcesses(rows.join(''));
  list.refresh(nvidiaSmi.path);
  expect((await listed())?.[0]).toMatchObject({ pid: 100 });
  expect(list.processesOf(H100)).toHaveLength(32);
});

it('returns undefined before the first run has ended, and an empty list if it found no process', async () => {
  list.refresh(nvidiaSmi.path);
  expect(list.processesOf(H100)).toBeUndefined();
  expect(await listed()).toEqual([]);
});

it('starts the next run after ten seconds at the earliest and keeps the list until then', async () => {
  await nvidiaSmi.printsProcesses(`${H100}, 1, python, 1\n`);
  list.refresh(nvidiaSmi.path);
  expect(await listed()).toHaveLength(1);
  await nvidiaSmi.printsProcesses('');
  vi.advanceTimersByTime(5000);
  list.refresh(nvidiaSmi.path);
  expect(runProgram).toHaveBeenCalledTimes(1);
  expect(list.processesOf(H100)).toHaveLength(1);
  vi.advanceTimersByTime(5000);
  list.refresh(nvidiaSmi.path);
  expect(list.processesOf(H100)).toHaveLength(1);
  await until(() => list.processesOf(H100)?.length === 0);
  expect(await runCount()).toBe(2);
});

it('reports a failure once for each run and clears the list', async () => {
  list.refresh(nvidiaSmi.path);
  await listed();
  await nvidiaSmi.failsForProcesses(4);
  for (let run = 0; run < 2; run++) {
    vi.advanceTimersByTime(10_000);
    list.refresh(nvidiaSmi.path);
    expect(await until(() => list.takeFault())).toEqual({
      reason: 'failed',
      detail: 'processes: exit code 4',
    });
    expect(list.takeFault()).toBeUndefined();
    expect(list.processesOf(H100)).toBeUndefined();
  }
});

it('kills a run that hangs after ten seconds and starts no other run before', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  await nvidiaSmi.hangs();
  list.refresh(nvidiaSmi.path);
  await running(1);
  vi.advanceTimersByTime(10_000);
  list.refresh(nvidiaSmi.path);
  vi.useRealTimers();
  expect(await until(() => list.takeFault())).toEqual({
    reason: 'timeout',
    detail: 'processes: no answer within 10000 ms',
  });
  expect(await runCount()).toBe(1);
  expect(await nvidiaSmi.running()).toBe(0);
});

it('kills a run on stop without a failure, and clears the list', async () => {
  list.refresh(nvidiaSmi.path);
  await listed();
  await nvidiaSmi.hangs();
  vi.advanceTimersByTime(10_000);
  list.refresh(nvidiaSmi.path);
  await running(1);
  await list.stop();
  expect(await nvidiaSmi.running()).toBe(0);
  expect(list.processesOf(H100)).toBeUndefined();
  expect(list.takeFault()).toBeUndefined();
});

it('reports a program that cannot be started', async () => {
  list = new ProcessList(10_000);
  list.refresh('no-such-program');
  expect(await until(() => list.takeFault())).toMatchObject({ reason: 'not_found' });
});
