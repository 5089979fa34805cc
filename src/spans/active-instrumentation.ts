import type { Tracer } from '@opentelemetry/api';
import { processState } from '../common/process-state.js';

/** The instrumentation that records the events of this process. A second one would count everything twice. */
interface ActiveInstrumentation {
  owner: object | undefined;
  /** Tracer for the spans of the Span helper. */
  tracer: Tracer | undefined;
  /** GPU whose usage is recorded on every span of the Span helper, unless the span sets another. */
  spanGpu: string | undefined;
}

export const activeInstrumentation = processState<ActiveInstrumentation>('instrumentation', () => ({
  owner: undefined,
  tracer: undefined,
  spanGpu: undefined,
}));
