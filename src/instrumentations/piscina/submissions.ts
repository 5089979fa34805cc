import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';

/** Contexts in which tasks were submitted, by task. */
const contexts = new WeakMap<object, Context>();

/**
 * Remembers the contexts in which tasks are created. To enter the asynchronous scope of a task instead would call the hooks of
 * `node:async_hooks` of the host.
 *
 * @param exports exports of the module with the class of tasks
 * @returns function that restores the class
 */
export function recordSubmissions(exports: { TaskInfo: new (...args: unknown[]) => object }): () => void {
  const original = exports.TaskInfo;
  const replacement = new Proxy(original, {
    construct(target, args, newTarget) {
      const task = Reflect.construct(target, args, newTarget === replacement ? target : newTarget) as object;
      contexts.set(task, context.active());
      return task;
    },
  });
  exports.TaskInfo = replacement;
  return () => {
    if (exports.TaskInfo === replacement) exports.TaskInfo = original;
  };
}

/** Returns the context in which a task was submitted. */
export const submittedIn = (task: object): Context => contexts.get(task) ?? ROOT_CONTEXT;
