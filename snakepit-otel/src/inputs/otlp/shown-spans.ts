import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { errorMessage, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { ForwardedRequest } from '../../sdk/forwarding/forwarded-request.js';
import { decodeJson } from './decode-json.js';
import { decodeProtobuf } from './decode-protobuf.js';
import type { DecodedSpan } from './decoded-span.js';

/** Where spans are shown. */
export interface SpanReceiver {
  /** False if spans are dropped. */
  readonly isReceiving: boolean;
  onEnd(span: ReadableSpan): void;
}

// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto, `SpanFlags`
const KNOWS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const SERVER = 2;
const LANGUAGE = 'telemetry.sdk.language';
const BILLION = 1_000_000_000n;

/** Passes received spans to where those of the process are shown. */
export class ShownSpans {
  readonly #receiver: SpanReceiver;

  constructor(receiver: SpanReceiver) {
    this.#receiver = receiver;
  }

  /** Takes a request to export after the join, in turns of the event loop. Never rejects. */
  async receive({ body, encoding }: ForwardedRequest): Promise<void> {
    if (!this.#receiver.isReceiving) return;
    const show = (span: DecodedSpan) => this.#receiver.onEnd(readable(span));
    try {
      if (encoding === 'json')
        await decodeJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength), show);
      else await decodeProtobuf(body, show);
    } catch (error) {
      warnOnce(`Showing received spans failed: ${errorMessage(error)}`);
    }
  }
}

/** Returns a span as an SDK has it when it ended. */
function readable(span: DecodedSpan): ReadableSpan {
  const { traceId, spanId, parentId, kind, flags, start, end, resource } = span;
  const spanContext: SpanContext = { traceId, spanId, traceFlags: 1 };
  const isRemote = (flags & KNOWS_REMOTE) === 0 ? kind === SERVER : (flags & IS_REMOTE) !== 0;
  const language = resource.attributes[LANGUAGE];
  return {
    name: span.name,
    kind: Math.max(0, kind - 1),
    spanContext: () => spanContext,
    ...(parentId === '' ? {} : { parentSpanContext: { traceId, spanId: parentId, traceFlags: 1, isRemote } }),
    startTime: timeOf(start),
    endTime: timeOf(end),
    duration: timeOf(end > start ? end - start : 0n),
    status: { code: span.statusCode, ...(span.statusMessage === '' ? {} : { message: span.statusMessage }) },
    attributes: typeof language === 'string' ? { ...span.attributes, [LANGUAGE]: language } : span.attributes,
    events: span.events.map(({ time, name, attributes }) => ({ time: timeOf(time), name, attributes })),
    links: [],
    ended: true,
    resource,
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const timeOf = (nanoseconds: bigint): HrTime => [
  Number(nanoseconds / BILLION),
  Number(nanoseconds % BILLION),
];
