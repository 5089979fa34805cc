import { context, metrics, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Providers } from './providers.js';

/**
 * Registers a context manager and the propagator globally. Globals that another SDK has registered stay.
 *
 * @returns a function that unregisters what was registered
 */
export function registerPropagation(propagator: TextMapPropagator): () => void {
  const contextManager = new AsyncLocalStorageContextManager().enable();
  const hasContext = context.setGlobalContextManager(contextManager);
  const hasPropagator = propagation.setGlobalPropagator(propagator);
  return () => {
    if (hasContext) context.disable();
    if (hasPropagator) propagation.disable();
  };
}

/** What is registered. */
type GlobalProviders = Partial<Pick<Providers, 'tracerProvider' | 'meterProvider' | 'loggerProvider'>> &
  Pick<Providers, 'propagator'>;

/**
 * Registers the providers, a context manager and the propagator globally. Globals that another SDK has registered stay.
 *
 * @returns a function that unregisters the globals that are still ours, so that telemetry can be started again
 */
export function registerGlobally({
  tracerProvider,
  meterProvider,
  loggerProvider,
  propagator,
}: GlobalProviders): () => void {
  if (tracerProvider !== undefined) trace.setGlobalTracerProvider(tracerProvider);
  if (meterProvider !== undefined) metrics.setGlobalMeterProvider(meterProvider);
  if (loggerProvider !== undefined) logs.setGlobalLoggerProvider(loggerProvider);
  const unregisterPropagation = registerPropagation(propagator);
  return () => {
    if (tracerProvider !== undefined && delegateOf(trace.getTracerProvider()) === tracerProvider)
      trace.disable();
    if (meterProvider !== undefined && metrics.getMeterProvider() === meterProvider) metrics.disable();
    if (loggerProvider !== undefined && logs.getLoggerProvider() === loggerProvider) logs.disable();
    unregisterPropagation();
  };
}

/** Detected by duck type: another copy of the API may have created the proxy. */
const delegateOf = (provider: object & { getDelegate?(): object }): object =>
  provider.getDelegate?.() ?? provider;
