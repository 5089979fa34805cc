import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test, vi } from 'vitest';
import { resourceProcess } from '../../../src/inputs/otlp/resource-process.js';

const { name, files } = vi.hoisted(() => ({
  name: { value: 'node-1' },
  files: new Map<string, string>([['/etc/machine-id', '0123456789abcdef0123456789abcdef\n']]),
}));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  hostname: () => name.value,
}));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    readFileSync: (path: string, ...rest: []) => files.get(path) ?? fs.readFileSync(path, ...rest),
  };
});

const MACHINE = { 'host.id': '0123456789abcdef0123456789abcdef' };
const OWN = { 'process.pid': process.pid, 'process.parent_pid': process.ppid };
const HERE = { 'host.name': 'node-1' };
const UUID = 'GPU-00000000-1111-2222-3333-444444444444';

test('the process of a resource is the one with its id and its parent on this host', () => {
  expect([hostname(), readFileSync('/etc/machine-id', 'utf8').length]).toEqual(['node-1', 33]);
  for (const host of [HERE, MACHINE, { ...HERE, ...MACHINE }]) {
    const found = resourceProcess({ ...OWN, ...host });
    expect(found?.pid).toBe(process.pid);
    expect(Math.abs(Number(found?.startedAt) - performance.timeOrigin)).toBeLessThan(10_000);
  }
});

test.for([
  ['names no host', {}],
  ['names another host', { 'host.name': 'node-2' }],
  ['has the name of this host and the id of another', { ...HERE, 'host.id': 'other' }],
  ['has the id of this host and the name of another', { ...MACHINE, 'host.name': 'node-2' }],
  ['is of a container', { ...HERE, 'container.id': 'c'.repeat(64) }],
  ['is of a pod', { ...HERE, 'k8s.pod.name': 'worker-0' }],
  ['names another parent', { ...HERE, 'process.parent_pid': process.ppid + 1 }],
  ['names no parent', { ...HERE, 'process.parent_pid': '' }],
  ['has a process id of no process', { ...HERE, 'process.pid': 2 ** 22 + 1 }],
  ['has a process id that is no integer', { ...HERE, 'process.pid': process.pid + 0.5 }],
  ['has a text as process id', { ...HERE, 'process.pid': String(process.pid) }],
  ['has a path as process id', { ...HERE, 'process.pid': '../proc/self' }],
] as const)('the process is unknown if the resource %s', ([, values]) => {
  expect(resourceProcess({ ...OWN, ...values })).toBeUndefined();
  expect(resourceProcess({ ...OWN, ...values, 'snakepit.device': UUID })).toEqual({ device: UUID });
});

test('a name that every host has does not identify this one', () => {
  name.value = 'localhost';
  expect(resourceProcess({ ...OWN, 'host.name': 'localhost' })).toBeUndefined();
  expect(resourceProcess({ ...OWN, 'host.name': 'localhost', ...MACHINE })?.pid).toBe(process.pid);
  name.value = 'node-1';
});

test('the id of a process in a container is not that of the process with the same id on the host', async () => {
  const { localProcess } = await import('../../../../src/system/local-process.js');
  const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8').replace(/^NSpid:.*$/m, '$&\t1');
  files.set(`/proc/${process.ppid}/status`, status);
  const parent = localProcess(process.ppid);
  expect(parent?.isContained).toBe(true);
  expect(
    resourceProcess({ ...HERE, 'process.pid': process.ppid, 'process.parent_pid': Number(parent?.parent) }),
  ).toBeUndefined();
});
