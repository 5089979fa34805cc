import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { localProcess, type SpanProcess } from 'opentelemetry-instrumentation-snakepit/internal';

/** Attributes of a resource, as far as they are texts or numbers. */
export type ResourceValues = Readonly<Record<string, string | number>>;

/** They show that a process is in a container, where it has another id than on the host. */
const IN_CONTAINER = ['container.id', 'k8s.pod.uid', 'k8s.pod.name', 'k8s.container.name'];
/** Many hosts have this name. */
const ANY_HOST = /^localhost($|\.)/;
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

let machineId: string | undefined;

/**
 * Returns what identifies the GPU of the spans of a resource. The id of a process counts only if nothing but a process of this host can
 * have it: the resource names this host and no container, and the process with the id has the parent that the resource says.
 */
export function resourceProcess(values: ResourceValues): SpanProcess | undefined {
  const { 'snakepit.device': named, 'process.pid': pid } = values;
  const device = typeof named === 'string' ? named : undefined;
  const process =
    typeof pid === 'number' && isThisHost(values) && !IN_CONTAINER.some((key) => key in values)
      ? localProcess(pid)
      : undefined;
  if (process === undefined || process.isContained || process.parent !== values['process.parent_pid'])
    return device === undefined ? undefined : { device };
  return { pid: Number(pid), startedAt: process.startedAt, device };
}

function isThisHost({ 'host.id': id, 'host.name': name }: ResourceValues): boolean {
  machineId ??= readMachineId();
  if (name !== undefined && name !== hostname()) return false;
  if (id !== undefined && machineId !== '') return id === machineId;
  return typeof name === 'string' && !ANY_HOST.test(name);
}

function readMachineId(): string {
  for (const file of MACHINE_ID_FILES) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {}
  }
  return '';
}
