import { catchErrors } from '../../common/catch-errors.js';
import { privateMember } from '../patching/private-member.js';
import { wrapMethod } from '../patching/wrap-method.js';
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

interface Resolver {
  readonly promise: { readonly pending: boolean };
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
  wrapMethod(
    prototype,
    'exec',
    (original) =>
      function (...args) {
        const at = performance.now();
        const result = Reflect.apply(original, this, args);
        // The worker is busy by now: a handler of the event may submit another task.
        if (args[2] !== undefined) dispatched(this as WorkerHandler, args[2] as Resolver, at);
        return result;
      },
  );

const dispatched = catchErrors(
  'Recording a task of workerpool',
  (handler: WorkerHandler, { promise }: Resolver, at: number) => {
    // A worker that has ended refuses the task at once.
    if (!promise.pending) return;
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
