import type { AnyEvent } from '../../catalog/any-event.js';
import { forgetOldest } from '../../common/forget-oldest.js';
import { processState } from '../../common/process-state.js';
import { localProcess } from '../../system/local-process.js';
import type { SpanProcess } from './process-usage.js';

/** A process, which no other one with its id later is. */
interface WorkerProcess {
  readonly pid: number;
  readonly startTicks: number;
}

/** Plain data: all copies of this package in the process share it. */
interface WorkerProcesses {
  /** Processes of workers by producer and worker. */
  readonly workers: Map<string, WorkerProcess>;
  /** Processes by the correlation id of the calls that they serve; `undefined` for an id of several processes. */
  readonly calls: Map<string, WorkerProcess | undefined>;
}

const MAX_WORKERS = 1000;
const MAX_CALLS = 20_000;
/** Time by which the start of a process may differ from its report, ms. */
const START_TOLERANCE_MS = 2000;

const state = processState<WorkerProcesses>('workerProcesses', () => ({
  workers: new Map(),
  calls: new Map(),
}));

/**
 * Remembers the process of a worker that was spawned, if it is one of this host: the process with its id has started when the event says
 * so, and its id is not that of a container. The event may come from any host.
 */
export function learnWorker({ measurements, metadata, remote }: AnyEvent): void {
  const { worker_id: worker, python_pid: pid } = metadata;
  const { system_time: time, duration = 0 } = measurements;
  if (remote === undefined || typeof worker !== 'string' || !Number.isInteger(pid)) return;
  const key = keyOf(remote.producer, worker);
  state.workers.delete(key);
  const process = localProcess(Number(pid));
  if (process === undefined || process.isContained) return;
  const spawned = Number(time) / 1e6;
  const isSame =
    process.startedAt <= spawned + START_TOLERANCE_MS &&
    process.startedAt >= spawned - Number(duration) / 1e6 - START_TOLERANCE_MS;
  if (!isSame) return;
  forgetOldest(state.workers, MAX_WORKERS);
  state.workers.set(key, { pid: Number(pid), startTicks: process.startTicks });
}

/** Returns the process of the worker of an event, and remembers it for the spans that share the correlation id. */
export function processOfWorker({ metadata, remote }: AnyEvent): SpanProcess | undefined {
  const { worker_id: worker, correlation_id: correlationId } = metadata;
  const found =
    typeof worker === 'string' && state.workers.size > 0
      ? state.workers.get(keyOf(remote?.producer, worker))
      : undefined;
  if (typeof correlationId !== 'string' || correlationId === '') return alive(found);
  if (found === undefined) return processOfCall(correlationId);
  if (!state.calls.has(correlationId)) {
    forgetOldest(state.calls, MAX_CALLS);
    state.calls.set(correlationId, found);
  } else if (state.calls.get(correlationId)?.pid !== found.pid) state.calls.set(correlationId, undefined);
  return alive(found);
}

/** Returns true if the processes of some calls are known. */
export const knowsCalls = (): boolean => state.calls.size > 0;

/** Returns the process that serves the calls with a correlation id, if all of them are served by one whose worker is known. */
export const processOfCall = (correlationId: string): SpanProcess | undefined =>
  state.calls.size === 0 ? undefined : alive(state.calls.get(correlationId));

const keyOf = (producer: string | undefined, worker: string): string => `${producer ?? ''}\0${worker}`;

/** Returns the process unless another one has its id by now. */
function alive(worker: WorkerProcess | undefined): SpanProcess | undefined {
  if (worker === undefined) return undefined;
  return localProcess(worker.pid)?.startTicks === worker.startTicks ? { pid: worker.pid } : undefined;
}
