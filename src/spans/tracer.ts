import { type Tracer, trace } from '@opentelemetry/api';
import { registry } from '../common/process-state.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version.js';

let global: Tracer | undefined;

/** The tracer of the registered instrumentation, else the one of the global provider. */
export function tracer(): Tracer {
  if (registry.tracer !== undefined) return registry.tracer;
  global ??= trace.getTracer(PACKAGE_NAME, PACKAGE_VERSION);
  return global;
}
