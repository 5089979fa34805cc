import { processState } from './process-state.js';

/** Ids that the next span should have, in hexadecimal. */
export interface RequestedIds {
  /** Id of the trace, if the span becomes a root. */
  readonly traceId?: string | undefined;
  /** Id of the span. */
  readonly spanId?: string | undefined;
}

const state = processState<{ traceId?: string | undefined; spanId?: string | undefined }>(
  'requested-ids',
  () => ({}),
);

/** Starts a span with these ids, if the id generator of its provider takes them. */
export function withRequestedIds<T>({ traceId, spanId }: RequestedIds, start: () => T): T {
  state.traceId = traceId;
  state.spanId = spanId;
  try {
    return start();
  } finally {
    state.traceId = undefined;
    state.spanId = undefined;
  }
}

/** Returns the requested id of the trace once, for the id generator of a provider. */
export function takeTraceId(): string | undefined {
  const { traceId } = state;
  state.traceId = undefined;
  return traceId;
}

/** Returns the requested id of the span once, for the id generator of a provider. */
export function takeSpanId(): string | undefined {
  const { spanId } = state;
  state.spanId = undefined;
  return spanId;
}
