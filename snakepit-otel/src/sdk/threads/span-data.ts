import { createTraceState, type Link, type SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

/** A context as another thread can receive it: a trace state has methods. */
type ContextData = Omit<SpanContext, 'traceState'> & { readonly traceState: string | undefined };

/** An ended span as another thread can receive it. */
export interface SpanData
  extends Omit<ReadableSpan, 'spanContext' | 'parentSpanContext' | 'links' | 'resource'> {
  readonly context: ContextData;
  readonly parent: ContextData | undefined;
  readonly links: readonly (Omit<Link, 'context'> & { readonly context: ContextData })[];
}

/** Returns a span as another thread can receive it, without its resource. */
export const dataOf = (span: ReadableSpan): SpanData => ({
  name: span.name,
  kind: span.kind,
  context: contextData(span.spanContext()),
  parent: span.parentSpanContext && contextData(span.parentSpanContext),
  startTime: span.startTime,
  endTime: span.endTime,
  duration: span.duration,
  status: span.status,
  attributes: span.attributes,
  links: span.links.map((link) => ({ ...link, context: contextData(link.context) })),
  events: span.events,
  ended: span.ended,
  instrumentationScope: span.instrumentationScope,
  droppedAttributesCount: span.droppedAttributesCount,
  droppedEventsCount: span.droppedEventsCount,
  droppedLinksCount: span.droppedLinksCount,
});

/** Returns the span that the data describe. */
export function readableSpan(
  { context, parent, links, ...same }: SpanData,
  resource: Resource,
): ReadableSpan {
  const spanContext = contextOf(context);
  return {
    ...same,
    spanContext: () => spanContext,
    ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent) }),
    links: links.map((link) => ({ ...link, context: contextOf(link.context) })),
    resource,
  };
}

const contextData = ({ traceState, ...context }: SpanContext): ContextData => ({
  ...context,
  traceState: traceState?.serialize(),
});

const contextOf = ({ traceState, ...context }: ContextData): SpanContext =>
  traceState === undefined ? context : { ...context, traceState: createTraceState(traceState) };
