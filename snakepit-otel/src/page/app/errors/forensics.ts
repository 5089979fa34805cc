import type { GpuProcess, OutOfMemory } from '../../contract.js';

/** Part of the memory of a device at the time of an error, MiB. */
export interface MemoryPart {
  readonly label: string;
  readonly memory: number;
  readonly kind: 'process' | 'reserved' | 'other' | 'free';
  /** Process that holds it. */
  readonly process?: GpuProcess;
}

/** Processes with a part of their own. */
const MOST_PROCESSES = 8;

/** Splits the memory of a device by who held it, the process that asked first. */
export function memoryParts(oom: OutOfMemory, victim: string | undefined): MemoryPart[] {
  const isVictim = (worker: string | undefined) => worker !== undefined && worker === victim;
  const processes = oom.processes.toSorted(
    (one, other) =>
      Number(isVictim(other.worker)) - Number(isVictim(one.worker)) ||
      (other.memory ?? 0) - (one.memory ?? 0),
  );
  const parts: MemoryPart[] = [];
  processes.slice(0, MOST_PROCESSES).forEach((process, index) => {
    const { pid, command, worker, memory = 0 } = process;
    const label = worker ?? command ?? `pid ${pid}`;
    const owns = isVictim(worker) || (victim === undefined && index === 0);
    const reserved = owns ? Math.min(oom.reservedUnused ?? 0, memory) : 0;
    parts.push({
      label: reserved > 0 ? `${label}, in use` : label,
      memory: memory - reserved,
      kind: 'process',
      process,
    });
    if (reserved > 0) {
      parts.push({ label: `${label}, reserved but unused`, memory: reserved, kind: 'reserved', process });
    }
  });
  const rest = processes.slice(MOST_PROCESSES);
  if (rest.length > 0) {
    const memory = rest.reduce((sum, process) => sum + (process.memory ?? 0), 0);
    parts.push({ label: `${rest.length} more processes`, memory, kind: 'other' });
  }
  const held = parts.reduce((sum, { memory }) => sum + memory, 0);
  const free = oom.free ?? 0;
  const other = (oom.total ?? 0) - held - free;
  if (other > 1) parts.push({ label: 'not attributed', memory: other, kind: 'other' });
  if (oom.free !== undefined) parts.push({ label: 'free', memory: free, kind: 'free' });
  return parts;
}

/** True if the allocator of the process held more memory unused than was asked for. */
export function isFragmented({ requested, reservedUnused }: OutOfMemory): boolean {
  return requested !== undefined && reservedUnused !== undefined && reservedUnused > requested;
}
