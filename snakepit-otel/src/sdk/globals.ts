import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Providers } from './providers.js';

/**
 * Registers the providers globally. Globals that another SDK has registered stay.
 *
 * @returns a function that unregisters the globals that are still ours, so that telemetry can be started again
 */
export function registerGlobally({
  tracerProvider,
  meterProvider,
  loggerProvider,
  propagator,
}: Providers): () => void {
  tracerProvider.register({ propagator });
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  return () => {
    if (delegateOf(trace.getTracerProvider()) === tracerProvider) {
      for (const api of [trace, context, propagation]) api.disable();
    }
    if (metrics.getMeterProvider() === meterProvider) metrics.disable();
    if (logs.getLoggerProvider() === loggerProvider) logs.disable();
  };
}

/** Detected by duck type: another copy of the API may have created the proxy. */
const delegateOf = (provider: object & { getDelegate?(): object }): object =>
  provider.getDelegate?.() ?? provider;
