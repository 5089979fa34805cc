import type { AsyncResource } from 'node:async_hooks';
import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { callIn } from './task-call.js';

/** Members of a task of piscina that are read. Times are in ms of `performance.now()`. */
interface Task extends AsyncResource {
  readonly created: number;
  readonly started: number;
}

/** Records the assignment of tasks to threads. The active context is then that of another request. */
export const recordDispatches = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'postTask',
    (original) =>
      function (...args) {
        recordDispatch(this as { readonly id: number }, args[0] as Task);
        return Reflect.apply(original, this, args);
      },
  );

const recordDispatch = catchErrors(
  'Recording a task of piscina',
  ({ id }: { readonly id: number }, task: Task) => {
    const call = callIn(task.runInAsyncScope(() => context.active()));
    call?.dispatch(id, task.started - task.created);
  },
);
