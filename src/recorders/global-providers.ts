import { metrics, trace } from '@opentelemetry/api';
import { catchErrors } from '../common/catch-errors.js';
import { processState } from '../common/process-state.js';
import { logsApis } from './logging/otel-logger.js';

const listeners = processState('global-providers', () => new Set<() => void>());
/** Marks a method of the API that calls the listeners, for all copies of this package. */
const FOLLOWED = Symbol.for('opentelemetry-instrumentation-snakepit.followed');

/**
 * Calls `listener` whenever a global provider has been registered, until the returned function is called. The API has no such
 * event, and a recorder that subscribes to nothing while there is no SDK could not notice a later one.
 */
export function onGlobalProvider(listener: () => void): () => void {
  const guarded = catchErrors('Switching to a global provider', listener);
  listeners.add(guarded);
  follow(trace, 'setGlobalTracerProvider');
  follow(metrics, 'setGlobalMeterProvider');
  for (const logs of logsApis) follow(logs, 'setGlobalLoggerProvider');
  return () => {
    listeners.delete(guarded);
  };
}

function follow<K extends string>(api: { [key in K]: (provider: never) => unknown }, method: K): void {
  const register = api[method] as (...args: unknown[]) => unknown;
  if (FOLLOWED in register) return;
  const registerAndNotify = (...args: unknown[]) => {
    const result = register.apply(api, args);
    for (const listener of [...listeners]) listener();
    return result;
  };
  api[method] = Object.assign(registerAndNotify, { [FOLLOWED]: true });
}
