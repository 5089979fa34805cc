import { type Context, createContextKey } from '@opentelemetry/api';
import type { TaskCall, TaskLibrary } from '../pools/task-call.js';

const CALL_KEY = createContextKey('snakepit.piscina.call');

/** Members of a `Piscina` that are read. */
export interface Pool {
  readonly options: { readonly filename?: unknown; readonly name?: unknown; readonly maxQueue?: unknown };
  readonly queueSize: number;
}

/** Messages of the errors with which a pool refuses a task. */
const REFUSALS = new Set(['Task queue is at limit', 'No task queue available and all Workers are busy']);

export const PISCINA: TaskLibrary = {
  name: 'piscina',
  queueSize: ({ queueSize }: Pool) => queueSize,
  maxQueueSize: ({ options }: Pool) => Number(options.maxQueue),
  isRefusal: (message) => REFUSALS.has(message),
};

/** Returns the context in which the task of a call is submitted: {@link callIn} finds the call. */
export const submissionContext = (call: TaskCall): Context => call.context.setValue(CALL_KEY, call);

/** Returns the call in whose context a task was submitted. */
export const callIn = (submitted: Context): TaskCall | undefined =>
  submitted.getValue(CALL_KEY) as TaskCall | undefined;
