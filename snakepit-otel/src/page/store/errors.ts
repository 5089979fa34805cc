import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import { MEBIBYTE, omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Attributes, ErrorDetail, ErrorHead, OutOfMemory } from '../contract.js';
import type { Changes } from './changes.js';
import type { Gpus, SeenGpu } from './gpus.js';
import { LIMITS } from './limits.js';
import { numberOf } from './values.js';

/** Occurrences of an error whose times are kept. */
const MAX_OCCURRENCES = 50;
/** Time within which a span event and an error are the same, ms. */
const SAME_MS = 5;
/** Errors that are searched for the one of a span event. */
const MAX_SEARCHED = 20;

/** An error as it occurred. */
export interface Occurrence extends Omit<ErrorHead, 'id' | 'count' | 'firstSeen'> {
  /** Name of the event that reported it. */
  readonly event: string;
  readonly traceback?: string;
  readonly attributes: Attributes;
  readonly oom?: OutOfMemory;
}

interface Group {
  readonly id: string;
  readonly key: string;
  readonly firstSeen: number;
  count: number;
  last: Occurrence;
  occurrences: number[];
  bytes: number;
}

/** Errors, grouped by class and place, in order of their last occurrence. */
export class ErrorList {
  readonly #groups = new Map<string, Group>();
  readonly #changes: Changes;
  readonly #gpus: Gpus;
  #created = 0;
  bytes = 0;

  constructor(changes: Changes, gpus: Gpus) {
    this.#changes = changes;
    this.#gpus = gpus;
  }

  get heads(): ErrorHead[] {
    return [...this.#groups.values()].map(headOf);
  }

  find(id: string): ErrorDetail | undefined {
    for (const group of this.#groups.values()) {
      if (group.id !== id) continue;
      const { traceback, attributes, oom } = group.last;
      const detail = { head: headOf(group), occurrences: group.occurrences, attributes };
      return { ...detail, ...omitUndefined({ traceback, oom }) };
    }
    return undefined;
  }

  get details(): ErrorDetail[] {
    return [...this.#groups.values()].flatMap(({ id }) => this.find(id) ?? []);
  }

  add(error: Occurrence): void {
    const { kind, type, place, device, pool } = error;
    const key = JSON.stringify([kind, type, place, device, pool]);
    const known = this.#groups.get(key);
    const group: Group = known ?? {
      id: `e${++this.#created}`,
      key,
      firstSeen: error.ts,
      count: 0,
      last: error,
      occurrences: [],
      bytes: 0,
    };
    group.count++;
    group.last = error;
    group.occurrences.push(error.ts);
    if (group.occurrences.length > MAX_OCCURRENCES) group.occurrences.shift();
    this.bytes -= group.bytes;
    group.bytes = 2 * JSON.stringify(error).length + 1024;
    this.bytes += group.bytes;
    this.#groups.delete(key);
    this.#groups.set(key, group);
    if (this.#groups.size > LIMITS.errors) this.dropOldest();
    this.#changes.mark('errors', group.id);
  }

  /** Sets the trace of an error that a span has an event of. Returns false if there is no such error. */
  link(event: string, ts: number, trace: string, span: string): boolean {
    const newest = [...this.#groups.values()].slice(-MAX_SEARCHED).reverse();
    for (const group of newest) {
      const { last } = group;
      if (last.event !== event || Math.abs(last.ts - ts) > SAME_MS) continue;
      if (last.trace === undefined) {
        group.last = { ...last, trace, span };
        this.#changes.mark('errors', group.id);
      }
      return true;
    }
    return false;
  }

  /** Returns who held the memory of a device when an allocation failed. */
  outOfMemory({ measurements }: AnyEvent, gpu: SeenGpu | undefined): OutOfMemory {
    const mebibytes = (value: unknown) => {
      const bytes = numberOf(value);
      return bytes === undefined ? undefined : Math.round(bytes / MEBIBYTE);
    };
    return {
      ...omitUndefined({
        requested: mebibytes(measurements.requested_bytes),
        free: mebibytes(measurements.available_bytes),
        total: mebibytes(measurements.total_bytes) ?? gpu?.memoryLimit,
        allocated: mebibytes(measurements.allocated_bytes),
        reservedUnused: mebibytes(measurements.reserved_unused_bytes),
      }),
      processes: gpu?.processes.running ?? [],
    };
  }

  /** Returns the GPU of an error. */
  gpuOf(event: AnyEvent): SeenGpu | undefined {
    return this.#gpus.ofWorker(event);
  }

  /** Returns false if there is none. */
  dropOldest(): boolean {
    const [group] = this.#groups.values();
    if (group === undefined) return false;
    this.bytes -= group.bytes;
    return this.#groups.delete(group.key);
  }
}

function headOf({ id, count, firstSeen, last }: Group): ErrorHead {
  const { event: _e, traceback: _t, attributes: _a, oom: _o, ...shown } = last;
  return { ...shown, id, count, firstSeen };
}
