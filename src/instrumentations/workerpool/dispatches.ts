import { privateMember } from '../patching/private-member.js';
import { beforeCallsOf } from '../patching/wrap-method.js';
import type { TaskCall } from '../pools/task-call.js';

/** Members of a `WorkerHandler` that are read. */
interface WorkerHandler {
  readonly worker: {
    readonly isWorkerThread?: boolean;
    /** Of a thread. */
    readonly threadId?: number;
    /** Of a process. */
    readonly pid?: number;
  } | null;
}

/** A task that a worker received before `exec()` has returned its promise. */
class EarlyDispatch {
  constructor(
    readonly handler: WorkerHandler,
    readonly at: number,
  ) {}
}

/**
 * Calls, and assignments whose call has not returned, by the promise of the task. The active context at an assignment is that of
 * another request.
 */
const tasks = privateMember<TaskCall | EarlyDispatch>();

/** Records the assignment of tasks to workers. */
export const recordDispatches = (prototype: object): (() => void) =>
  beforeCallsOf(
    prototype,
    'exec',
    'Recording a task of workerpool',
    (object, [_method, _params, resolver]) => {
      if (resolver === undefined) return;
      const at = performance.now();
      const handler = object as WorkerHandler;
      const { promise } = resolver as { readonly promise: object };
      const task = tasks.get(promise);
      if (task === undefined) tasks.set(promise, new EarlyDispatch(handler, at));
      else if (!(task instanceof EarlyDispatch)) publish(task, handler, at);
    },
  );

/** Publishes the assignment of a task to a worker: at once if it has happened, else when it happens. */
export function followDispatch(call: TaskCall, promise: object): void {
  const early = tasks.get(promise);
  tasks.set(promise, call);
  if (early instanceof EarlyDispatch) publish(call, early.handler, early.at);
}

function publish(call: TaskCall, { worker }: WorkerHandler, at: number): void {
  const mode = worker?.isWorkerThread === true ? 'thread' : 'process';
  const id = mode === 'thread' ? worker?.threadId : worker?.pid;
  call.dispatch(id, at - call.startedAt, mode);
}
