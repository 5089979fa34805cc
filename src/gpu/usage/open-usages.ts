import { AUTO, type SpanGpu } from './span-gpu.js';
import type { SpanGpuUsage } from './span-gpu-usage.js';

/** Usages of spans that have not ended. Plain data: all copies of this package in the process share it. */
export interface OpenUsages {
  readonly all: Set<SpanGpuUsage>;
  /** Number of usages by the GPU that the span names. */
  readonly counts: Map<SpanGpu, number>;
  /** Usages that are not shared. There are few: each is around or inside of the others on its device. */
  readonly exclusive: Set<SpanGpuUsage>;
}

export const createOpenUsages = (): OpenUsages => ({
  all: new Set(),
  counts: new Map(),
  exclusive: new Set(),
});

/**
 * Adds a usage. Marks it and those on the same device as shared, except for the spans that it is part of. Takes no longer with many
 * usages: those that are shared already are counted only.
 */
export function addOpenUsage({ all, counts, exclusive }: OpenUsages, usage: SpanGpuUsage): void {
  const { gpu } = usage;
  const around = spansAround(usage);
  let others = gpu === AUTO ? all.size : (counts.get(gpu) ?? 0) + (counts.get(AUTO) ?? 0);
  for (const each of around) if (all.has(each) && mayMeet(gpu, each.gpu)) others -= 1;
  usage.isShared = others > 0;
  for (const other of exclusive) {
    if (!mayMeet(gpu, other.gpu) || around.has(other)) continue;
    other.isShared = true;
    exclusive.delete(other);
  }
  if (!usage.isShared) exclusive.add(usage);
  all.add(usage);
  counts.set(gpu, (counts.get(gpu) ?? 0) + 1);
}

/** Removes a usage, if it is open. */
export function removeOpenUsage({ all, counts, exclusive }: OpenUsages, usage: SpanGpuUsage): void {
  if (!all.delete(usage)) return;
  exclusive.delete(usage);
  const count = (counts.get(usage.gpu) ?? 0) - 1;
  if (count > 0) counts.set(usage.gpu, count);
  else counts.delete(usage.gpu);
}

/** Returns true if two spans may use the same device. */
const mayMeet = (one: SpanGpu, other: SpanGpu): boolean => one === other || one === AUTO || other === AUTO;

const NONE: ReadonlySet<SpanGpuUsage> = new Set();

function spansAround({ parent }: SpanGpuUsage): ReadonlySet<SpanGpuUsage> {
  if (parent === undefined) return NONE;
  const around = new Set<SpanGpuUsage>();
  for (let each: SpanGpuUsage | undefined = parent; each !== undefined; each = each.parent) around.add(each);
  return around;
}
