import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { privateMember } from '../patching/private-member.js';
import type { Method } from '../patching/wrap-method.js';
import type { TaskCall } from '../pools/task-call.js';

/** Where a task comes from. */
export interface Submission {
  /** Context in which the task was submitted. */
  readonly context: Context;
  /** Call that submitted the task, if it is recorded. */
  readonly call: TaskCall | undefined;
}

const NO_SUBMISSION: Submission = { context: ROOT_CONTEXT, call: undefined };

const submissions = privateMember<Submission>();

/** The call whose method of the library runs at present. */
let submitting: TaskCall | undefined;

/** Calls a method of the library that creates the task of a call. @param call `undefined` for one that is not recorded */
export function submit(
  call: TaskCall | undefined,
  method: Method,
  pool: unknown,
  args: readonly unknown[],
): unknown {
  const outer = submitting;
  submitting = call;
  try {
    return Reflect.apply(method, pool, args);
  } finally {
    submitting = outer;
  }
}

const remember = catchErrors('Recording a task of piscina', (task: object) =>
  submissions.set(task, { context: context.active(), call: submitting }),
);

/**
 * Remembers where tasks come from. To enter the asynchronous scope of a task instead would call the hooks of `node:async_hooks` of
 * the host.
 *
 * @param exports exports of the module with the class of tasks
 * @returns function that restores the class
 */
export function recordSubmissions(exports: { TaskInfo: new (...args: unknown[]) => object }): () => void {
  const original = exports.TaskInfo;
  const replacement: typeof original = new Proxy(original, {
    construct(target, args, newTarget) {
      // With a proxy as `new.target`, V8 would create a hidden class for each task, and code that reads tasks would slow down.
      const task = Reflect.construct(target, args, newTarget === replacement ? target : newTarget) as object;
      remember(task);
      return task;
    },
  });
  exports.TaskInfo = replacement;
  return () => {
    if (exports.TaskInfo === replacement) exports.TaskInfo = original;
  };
}

/** Returns where a task comes from. */
export const submissionOf = (task: object): Submission => submissions.get(task) ?? NO_SUBMISSION;
