import { includesSensitive, optionsOf } from '../options/active-options.js';
import { joinsCall, recordCalls } from './calls.js';
import { pipelineOperation } from './gen-ai.js';
import { modelOf } from './models.js';
import { startRunningCall } from './running-call.js';

/** Tasks by the prototypes of their pipelines. */
const tasks = new WeakMap<object, string>();

/** Remembers the task of a class of pipelines. @param name name of the class, such as `FeatureExtraction` */
export function addTask(prototype: object, name: string): void {
  tasks.set(prototype, name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '-').toLowerCase());
}

/** Records the calls of a class of pipelines. @returns function that restores the class */
export const recordPipeline = (prototype: object): (() => void) =>
  recordCalls(prototype, '_call', (pipeline, [input]) => {
    const model = Object(Reflect.get(pipeline, 'model')) as object;
    // A pipeline can call the method of its superclass.
    if (joinsCall(model)) return undefined;
    const options = optionsOf('transformers');
    const task = taskOf(pipeline);
    const facts = modelOf(model, options);
    return startRunningCall({
      model,
      facts,
      operation: pipelineOperation(task, input),
      defaultOperation: task,
      info: {
        kind: 'pipeline',
        model: facts.name,
        task,
        object: pipeline,
        inputs: includesSensitive() ? input : undefined,
      },
    });
  });

/** Returns the task of the nearest class that has one: the class may be the host's. */
function taskOf(pipeline: object): string {
  let prototype: object | null = pipeline;
  while (prototype !== null) {
    const task = tasks.get(prototype);
    if (task !== undefined) return task;
    prototype = Object.getPrototypeOf(prototype);
  }
  return 'pipeline';
}
