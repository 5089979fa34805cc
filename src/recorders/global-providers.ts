import { metrics, trace } from '@opentelemetry/api';
import { catchErrors } from '../common/catch-errors.js';
import { processState } from '../common/process-state.js';
import { logsApis } from './logging/otel-logger.js';

interface Registrations {
  readonly listeners: Set<() => void>;
  /** Objects of the API whose registering method calls the listeners. */
  readonly apis: WeakSet<object>;
}

const registrations = processState<Registrations>('global-providers', () => ({
  listeners: new Set(),
  apis: new WeakSet(),
}));

/**
 * Calls `listener` whenever a global provider has been registered, until the returned function is called. The API has no such
 * event, and a recorder that subscribes to nothing while there is no SDK could not notice a later one.
 */
export function onGlobalProvider(listener: () => void): () => void {
  const guarded = catchErrors('Switching to a global provider', listener);
  registrations.listeners.add(guarded);
  follow(trace, 'setGlobalTracerProvider');
  follow(metrics, 'setGlobalMeterProvider');
  for (const logs of logsApis) follow(logs, 'setGlobalLoggerProvider');
  return () => {
    registrations.listeners.delete(guarded);
  };
}

function follow<K extends string>(api: { [key in K]: (provider: never) => unknown }, method: K): void {
  if (registrations.apis.has(api)) return;
  registrations.apis.add(api);
  const register = api[method] as (...args: unknown[]) => unknown;
  api[method] = (...args: unknown[]) => {
    const result = register.apply(api, args);
    for (const listener of [...registrations.listeners]) listener();
    return result;
  };
}
