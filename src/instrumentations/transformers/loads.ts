import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { type EnclosingCall, setEnclosingCall } from '../onnxruntime/enclosing-call.js';
import { modelAttributes } from '../onnxruntime/sessions.js';
import { operationEvents, startOperation } from '../operations/library-operation.js';
import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Call, recordCalls } from './calls.js';
import { addModel, nameOfId } from './models.js';

const EVENTS = operationEvents('snakepit.model.load');

/** Records the loads of models, each of which can load several sessions. @returns function that restores the class */
export const recordLoads = (modelClass: object): (() => void) =>
  recordCalls(modelClass, 'from_pretrained', (_class, [id]) => startLoad(nameOfId(id)));

function startLoad(name: string): Call {
  const options = optionsOf('transformers');
  const info = { kind: 'load', model: name, task: undefined, object: undefined, inputs: undefined } as const;
  // The load ends also if its result cannot be read.
  const remember = catchErrors('Recording a model', (object: unknown) =>
    addModel(object as object, options, name),
  );
  if (callHook('transformers', options, 'ignore', info) === true) {
    return {
      context: context.active(),
      succeed: remember,
      fail() {},
    };
  }
  const operation = startOperation({
    library: 'transformers',
    options,
    events: EVENTS,
    spanName: `load ${name}`,
    attributes: modelAttributes(name, { names: [], deviceId: undefined }),
    metadata: { model: name },
    info,
  });
  const load = new ModelLoad(name);
  const outside = context.active();
  const isSpan = isSpanContextValid(operation.span.spanContext());
  const inside = isSpan ? trace.setSpan(outside, operation.span) : outside;
  return {
    context: setEnclosingCall(inside, load),
    succeed(object) {
      load.hasEnded = true;
      const model = remember(object);
      if (model !== undefined && model.name !== name) operation.span.updateName(`load ${model.name}`);
      const bytes = load.bytes === undefined ? {} : { bytes: load.bytes };
      operation.succeed(object, bytes, model?.attributes, model?.metadata);
    },
    fail(error) {
      load.hasEnded = true;
      operation.fail(error);
    },
  };
}

/** A load of a model. Those of its sessions have spans, and no events. */
class ModelLoad implements EnclosingCall {
  readonly loads: string;
  hasEnded = false;
  /** Size of the sessions; `undefined` while none is known. */
  bytes: number | undefined;

  constructor(model: string) {
    this.loads = model;
  }

  addSession(bytes: number | undefined): void {
    if (bytes !== undefined) this.bytes = (this.bytes ?? 0) + bytes;
  }

  includes(): boolean {
    return false;
  }

  addRun(): boolean {
    return false;
  }

  endRun(): void {}
}
