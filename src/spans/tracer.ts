import { type Tracer, trace } from '@opentelemetry/api';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';
import { activeInstrumentation } from './active-instrumentation.js';

let global: Tracer | undefined;

/** Returns the tracer of the active instrumentation, else that of the global provider. */
export function tracer(): Tracer {
  if (activeInstrumentation.tracer !== undefined) return activeInstrumentation.tracer;
  global ??= trace.getTracer(PACKAGE_NAME, PACKAGE_VERSION);
  return global;
}
