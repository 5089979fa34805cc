import { catchErrors } from '../../common/catch-errors.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { submissionOf } from './submissions.js';
import { addToMessages, carrierOf } from './task-message.js';

/** Members of a task of piscina that are read. Times are in ms of `performance.now()`. */
interface Task {
  readonly created: number;
  readonly started: number;
}

/** Members of the pool's side of a thread that are used. */
interface Thread {
  readonly id: number;
  readonly port: Parameters<typeof addToMessages>[0];
}

/** Records the assignment of tasks to threads, and sends the context with them. The active context is then that of another request. */
export const recordDispatches = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'postTask',
    (original) =>
      function (...args) {
        const restore = beginDispatch(this as Thread, args[0] as Task);
        if (restore === undefined) return Reflect.apply(original, this, args);
        try {
          return Reflect.apply(original, this, args);
        } finally {
          restore();
        }
      },
  );

/** Returns a function to call after the message was sent; `undefined` if it carries no context. */
const beginDispatch = catchErrors(
  'Recording a task of piscina',
  ({ id, port }: Thread, task: Task): (() => void) | undefined => {
    const { context, call } = submissionOf(task);
    call?.dispatch(id, task.started - task.created);
    const carrier = carrierOf(context);
    return carrier === undefined ? undefined : addToMessages(port, carrier);
  },
);
