import { type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';
import { activeInstrumentation } from './active-instrumentation.js';

let provider: TracerProvider | undefined;
let global: Tracer | undefined;

/** Returns the tracer of the active instrumentation, else that of the global provider. */
export function tracer(): Tracer {
  if (activeInstrumentation.tracer !== undefined) return activeInstrumentation.tracer;
  // A tracer keeps its provider. The API has another one after `trace.disable()`.
  const current = trace.getTracerProvider();
  if (global === undefined || provider !== current) {
    provider = current;
    global = current.getTracer(PACKAGE_NAME, PACKAGE_VERSION);
  }
  return global;
}
