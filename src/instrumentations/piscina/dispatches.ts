import { catchErrors } from '../../common/catch-errors.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { submissionOf } from './submissions.js';
import { addToMessage, carrierOf } from './task-message.js';

const ACTIVITY = 'Recording a task of piscina';

/** Members of a task of piscina that are read. Times are in ms of `performance.now()`. */
interface Task {
  readonly created: number;
  readonly started: number;
}

/** Members of the pool's side of a thread that are used. */
interface Thread {
  readonly id: number;
  readonly port: Parameters<typeof addToMessage>[0];
}

/** Records the assignment of tasks to threads, and sends the context with them. The active context is then that of another request. */
export const recordDispatches = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'postTask',
    (original) =>
      function (...args) {
        const thread = this as Thread;
        const task = args[0] as Task;
        const restore = sendContext(thread, task);
        let result: unknown;
        try {
          result = Reflect.apply(original, this, args);
        } finally {
          restore?.();
        }
        // The thread is busy by now: a handler of the event may submit another task.
        dispatched(thread, task);
        return result;
      },
  );

/** Returns a function to call after the message was sent; `undefined` if it carries no context. */
const sendContext = catchErrors(ACTIVITY, ({ port }: Thread, task: Task): (() => void) | undefined => {
  const carrier = carrierOf(submissionOf(task).context);
  return carrier === undefined ? undefined : addToMessage(port, carrier);
});

const dispatched = catchErrors(ACTIVITY, ({ id }: Thread, task: Task) =>
  submissionOf(task).call?.dispatch(id, task.started - task.created),
);
