import {
  type Context,
  INVALID_SPAN_CONTEXT,
  INVALID_SPANID,
  type SpanOptions as OtelSpanOptions,
  type Span,
  trace,
} from '@opentelemetry/api';
import { toAttributes } from '../catalog/attributes.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import type { SpanMetadata } from './metadata.js';
import { tracer } from './tracer.js';

// Attributes serve samplers and exporters. They are not built until an SDK has given a span an id.
let sdkSeen = false;

/** Returns true once an SDK has given a span an id. */
export const isSdkSeen = (): boolean => sdkSeen;

/** Starts a span under that of the context. Never throws: if the SDK or a sampler does, the span is not recorded. */
export function startOtelSpan(name: string, options: OtelSpanOptions, parent: Context): Span {
  try {
    return tracer().startSpan(name, options, parent);
  } catch (error) {
    return unrecordedSpan(name, error, parent);
  }
}

/** Starts a span with metadata, as {@link startOtelSpan} does. */
export function startSpanWithMetadata(name: string, metadata: SpanMetadata, parent: Context): Span {
  try {
    const otelSpan = tracer().startSpan(name, sdkSeen ? { attributes: toAttributes(metadata) } : {}, parent);
    if (!sdkSeen) detectSdk(otelSpan, metadata, parent);
    return otelSpan;
  } catch (error) {
    return unrecordedSpan(name, error, parent);
  }
}

function unrecordedSpan(name: string, error: unknown, parent: Context): Span {
  warnOnce(`Starting span '${name}' failed: ${errorMessage(error)}`);
  return trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT);
}

function detectSdk(otelSpan: Span, metadata: SpanMetadata, parent: Context): void {
  const { spanId } = otelSpan.spanContext();
  // Without an SDK, a span has the id of its parent, which may be that of another process.
  if (spanId === INVALID_SPANID || spanId === trace.getSpanContext(parent)?.spanId) return;
  sdkSeen = true;
  otelSpan.setAttributes(toAttributes(metadata));
}
