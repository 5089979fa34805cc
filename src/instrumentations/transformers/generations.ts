import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { type Call, joinedCall, recordCalls } from './calls.js';
import { generateOperation } from './gen-ai.js';
import { modelOf } from './models.js';
import { type RunningCall, startRunningCall } from './running-call.js';
import { tokenUsage } from './tokens.js';

/**
 * Records the calls of `generate()`, each of which runs the model once per token. Inside of a pipeline, it is a part of the call of the
 * pipeline.
 *
 * @param countsTokens false for a method that calls the one of the superclass
 * @returns function that restores the class
 */
export const recordGenerations = (prototype: object, countsTokens: boolean): (() => void) =>
  recordCalls(prototype, 'generate', (model, [parameters]) => {
    const joined = joinedCall(model);
    if (joined !== undefined) return countsTokens ? tokensOf(joined, model, parameters) : undefined;
    const options = optionsOf('transformers');
    const facts = modelOf(model, options);
    const call = startRunningCall({
      model,
      facts,
      operation: generateOperation(model),
      defaultOperation: 'generate',
      info: {
        kind: 'generate',
        model: facts.name,
        task: undefined,
        object: model,
        inputs: includesSensitive() ? parameters : undefined,
      },
    });
    if (call === undefined || !countsTokens) return call;
    const tokens = tokensOf(call, model, parameters);
    return {
      context: call.context,
      succeed(result) {
        tokens.succeed(result);
        call.succeed(result);
      },
      fail: (error) => call.fail(error),
    };
  });

/** Adds the tokens of `generate()` to a call. */
function tokensOf(call: RunningCall, model: object, parameters: unknown): Call {
  call.setRequest(Object(parameters));
  return {
    context: context.active(),
    // The call ends also if the objects of the host cannot be read.
    succeed: catchErrors('Counting tokens of transformers.js', (result: unknown) => {
      const { is_encoder_decoder } = Object(Reflect.get(model, 'config'));
      call.addTokens(tokenUsage(parameters, result, is_encoder_decoder === true));
    }),
    fail() {},
  };
}
