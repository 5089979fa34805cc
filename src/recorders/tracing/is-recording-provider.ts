import { ProxyTracerProvider, type TracerProvider } from '@opentelemetry/api';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../version.js';

const noopProvider = new ProxyTracerProvider().getDelegate();
const NoopTracer = noopProvider.getTracer(PACKAGE_NAME).constructor;

/** Returns false for a provider without an SDK, and for the proxy of the API until an SDK is registered. */
export function isRecordingProvider(provider: TracerProvider): boolean {
  if (provider instanceof ProxyTracerProvider && provider.getDelegate() === noopProvider) return false;
  const tracer = provider.getTracer(PACKAGE_NAME, PACKAGE_VERSION);
  // Another copy of the API has a class of its own.
  return tracer.constructor !== NoopTracer && tracer.constructor.name !== NoopTracer.name;
}
