import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProcessStream, parseComputeApp } from '../../../src/gpu/sources/nvidia-smi-processes.js';
import { fixture, until } from '../fixtures.js';
import { type StandInNvidiaSmi, standInNvidiaSmi } from '../stand-in-nvidia-smi.js';

it.each([
  ['GPU-1, 11345, ./gpu_burn, 15690 MiB', 'gpu_burn', 15690],
  ['GPU-1, 11345, C:\\Program Files\\Python\\python.exe, [N/A]', 'python.exe', undefined],
  ['GPU-1, 11345, [Not Found], 64208', undefined, 64208],
  ['GPU-1, 11345, [Insufficient Permissions], [Insufficient Permissions]', undefined, undefined],
  ['GPU-1, 11345, a,b, c, 1', 'a, b, c', 1],
  ['GPU-1, 11345, /opt/app/, 1', 'app', 1],
  ['MIG-1, 11345, -, 1', undefined, 1],
])('%s', (line, name, usedMib) => {
  expect(parseComputeApp(line)).toEqual({ uuid: line.slice(0, 5), pid: 11345, name, usedMib });
});

it('shortens a name', () => {
  expect(parseComputeApp(`GPU-1, 1, /bin/${'x'.repeat(5000)}, 1`)?.name).toHaveLength(128);
});

it.each([
  '',
  'gpu_uuid, pid, process_name, used_gpu_memory [MiB]',
  'GPU-1, 1',
  'GPU-1, -1, python, 1',
  'No running processes found',
])('%j is no process', (line) => {
  expect(parseComputeApp(line)).toBeUndefined();
});

const H100 = 'GPU-00000000-0000-0000-0000-000000000000';
let nvidiaSmi: StandInNvidiaSmi;
let stream: ProcessStream;
beforeEach(async () => {
  nvidiaSmi = await standInNvidiaSmi();
  stream = new ProcessStream(nvidiaSmi.path, 100);
});
afterEach(async () => {
  vi.useRealTimers();
  await stream.stop();
  await nvidiaSmi.remove();
});
const known = () => until(() => stream.processesOf(H100));

it('names who holds memory of a device, the largest first', async () => {
  await nvidiaSmi.printsProcesses(await fixture('h100-590.48.01-processes.csv'));
  stream.start();
  expect(await known()).toEqual([
    { pid: 11345, name: 'gpu_burn', usedMib: 15690 },
    { pid: 11327, name: 'memhog', usedMib: 2566 },
    { pid: 11328, name: 'memhog', usedMib: 1542 },
  ]);
  expect(await nvidiaSmi.arguments()).toEqual([
    '--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,noheader,nounits --loop-ms=100',
  ]);
});

it('names 32 at most', async () => {
  const rows = Array.from({ length: 100 }, (_, row) => `${H100}, ${row + 1}, python, ${row}\n`);
  await nvidiaSmi.printsProcesses(rows.join(''));
  stream.start();
  await until(() => stream.processesOf(H100)?.[0]?.pid === 100);
  expect(stream.processesOf(H100)).toHaveLength(32);
});

it('says nothing before it has listened for a round, and then that there is none', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  stream.start();
  expect(stream.processesOf(H100)).toBeUndefined();
  vi.advanceTimersByTime(1151);
  expect(stream.processesOf(H100)).toEqual([]);
});

it('a process that is not named any more has ended', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await nvidiaSmi.printsProcesses(`${H100}, 1, python, 1\n`);
  stream.start();
  expect(await known()).toHaveLength(1);
  await nvidiaSmi.printsProcesses('');
  await until(() => {
    vi.advanceTimersByTime(400);
    return stream.processesOf(H100)?.length === 0;
  });
});

it('tells a failure once, and starts again after a pause', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await nvidiaSmi.failsForProcesses(4);
  stream.start();
  const fault = await until(() => stream.takeFault());
  expect(fault).toEqual({ reason: 'failed', detail: 'processes: exit code 4' });
  expect(stream.takeFault()).toBeUndefined();
  expect(stream.processesOf(H100)).toBeUndefined();
  stream.start();
  expect(await nvidiaSmi.starts('query-compute-apps')).toBe(1);
  vi.advanceTimersByTime(1000);
  stream.start();
  await until(async () => (await nvidiaSmi.starts('query-compute-apps')) === 2);
});
