import type { Tracer } from '@opentelemetry/api';
import { onNextContext, processState } from '../common/process-state.js';

/** Interface of an instrumentation of any version. */
interface Toggle {
  enable(): void;
  disable(): void;
}

/** The instrumentation that records the events of this process. A second one would count everything twice. */
interface ActiveInstrumentation {
  owner: Toggle | undefined;
  /** Returns the providers that the owner records into. */
  providers: () => readonly object[];
  /** The newest instrumentation that was enabled meanwhile. It becomes the owner when that one is disabled. */
  waiting: Toggle | undefined;
  /** Tracer for the spans of the Span helper. */
  tracer: Tracer | undefined;
  /** GPU whose usage is recorded on every span of the Span helper, unless the span sets another. */
  spanGpu: string | undefined;
}

export const activeInstrumentation = processState<ActiveInstrumentation>('instrumentation', () => ({
  owner: undefined,
  providers: () => [],
  waiting: undefined,
  tracer: undefined,
  spanGpu: undefined,
}));
onNextContext(() => {
  activeInstrumentation.waiting = undefined;
  activeInstrumentation.owner?.disable();
});
