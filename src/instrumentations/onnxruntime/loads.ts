import { catchErrors } from '../../common/catch-errors.js';
import { operationEvents, startOperation } from '../operations/library-operation.js';
import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Outcome, recordCalls } from './calls.js';
import { enclosingCall } from './enclosing-call.js';
import type { Inference } from './inference.js';
import { modelOf } from './model.js';
import type { SupportedBackends } from './providers.js';
import { addSession, modelAttributes } from './sessions.js';

const EVENTS = operationEvents('snakepit.model.load');

/** Records the loads of models. @param supported execution providers @returns function that restores the class */
export const recordLoads = (
  sessionClass: object,
  supported: () => SupportedBackends | undefined,
): (() => void) => recordCalls(sessionClass, 'create', (_class, args) => startLoad(args, supported()));

function startLoad(args: readonly unknown[], supported: SupportedBackends | undefined): Outcome {
  const options = optionsOf('onnxruntime');
  const { name, providers, size } = modelOf(args, supported);
  const call = enclosingCall();
  const model = call?.loads === undefined ? name : `${call.loads}/${name}`;
  const info: Inference = {
    model,
    providers: providers.names,
    deviceId: providers.deviceId,
    session: undefined,
    inputs: undefined,
  };
  // The load ends also if the host has replaced the library by something that is none.
  const remember = catchErrors('Recording a model', (object: unknown) =>
    addSession(object as object, options, model, providers, performance.now()),
  );
  // A session that is created while a model runs is a part of the run.
  const isPart = call !== undefined && call.loads === undefined;
  if (isPart || callHook('onnxruntime', options, 'ignore', info) === true) {
    return { succeed: remember, fail() {} };
  }
  const operation = startOperation({
    library: 'onnxruntime',
    options,
    ...(call === undefined && { events: EVENTS }),
    spanName: `load ${model}`,
    attributes: modelAttributes(model, providers),
    metadata: { model, provider: providers.names[0] },
    info,
  });
  return {
    succeed(object) {
      const session = remember(object);
      const bytes = size();
      call?.addSession(bytes);
      if (session !== undefined && session.model !== model)
        operation.span.updateName(`load ${session.model}`);
      operation.succeed(object, bytes === undefined ? {} : { bytes }, session?.attributes, session?.metadata);
    },
    fail: (error) => operation.fail(error),
  };
}
