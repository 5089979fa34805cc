import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Providers } from './providers.js';

/**
 * Makes the providers those of the process. Where another SDK was first, it stays.
 *
 * @returns a function that takes back what is still ours, so that telemetry can be started again
 */
export function registerGlobally({ tracerProvider, meterProvider, loggerProvider }: Providers): () => void {
  tracerProvider.register();
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  return () => {
    if (behindProxy(trace.getTracerProvider()) === tracerProvider) {
      for (const api of [trace, context, propagation]) api.disable();
    }
    if (metrics.getMeterProvider() === meterProvider) metrics.disable();
    if (logs.getLoggerProvider() === loggerProvider) logs.disable();
  };
}

/** By duck type: the proxy may come from another copy of the API. */
const behindProxy = (provider: object & { getDelegate?(): object }): object =>
  provider.getDelegate?.() ?? provider;
