import {
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { subscribe } from '../../bus/bus.js';
import { reportProblem } from '../../bus/diagnostics.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import { type ExportedKeys, eventAttributes, exportedKeys } from '../../catalog/attributes.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import { errorClass } from '../../common/error-class.js';
import { singleLine } from '../../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../../semconv.js';
import { GpuSnapshots } from './gpu-snapshots.js';
import { type OpenSpan, OpenSpans } from './open-spans.js';
import { durationOf, fromEpochNanoseconds, now, shift } from './time.js';

interface TraceRecorderOptions {
  /** Returns the current tracer; hosts may replace their provider. */
  readonly tracer: () => Tracer;
  /** Returns true if an SDK records the spans of that tracer. */
  readonly isRecording: () => boolean;
  /** True if free text, such as exception messages, may leave the process. */
  readonly includeSensitive: boolean;
}

const MAX_OPEN_SPANS = 10_000;

/** Records start, stop and exception events as spans, and point events as span events. */
export class TraceRecorder {
  readonly #openSpans = new OpenSpans(MAX_OPEN_SPANS, abandon);
  readonly #gpuSnapshots = new GpuSnapshots();
  #isEnabled = false;
  #unsubscribes: (() => void)[] = [];
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  readonly #options: TraceRecorderOptions;

  constructor(events: readonly (readonly [string, CustomEventDefinition])[], options: TraceRecorderOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** Starts recording. Without an SDK it subscribes to nothing, and events cost as little as unobserved ones. */
  enable(): void {
    this.#isEnabled = true;
    this.refresh();
  }

  /** Stops recording, and ends the open spans. */
  disable(): void {
    this.#isEnabled = false;
    this.refresh();
  }

  /** Starts or stops after a change of the provider. */
  refresh(): void {
    const isWanted = this.#isEnabled && this.#options.isRecording();
    if (isWanted === this.#unsubscribes.length > 0) return;
    if (isWanted) this.#start();
    else this.#stop();
  }

  #start(): void {
    this.#unsubscribes = [
      ...this.#events.flatMap(([name, definition]) => {
        const listener = this.#compile(definition);
        return listener === undefined ? [] : subscribe(name, listener);
      }),
      subscribe('snakepit.gpu.memory.sampled', this.#gpuSnapshots.recordMemory),
      subscribe('snakepit.gpu.process.sampled', this.#gpuSnapshots.recordProcess),
      subscribe('snakepit.gpu.device.lost', this.#gpuSnapshots.forget),
    ];
  }

  #stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
    this.#openSpans.clear();
  }

  #compile(definition: CustomEventDefinition): ((event: AnyEvent) => void) | undefined {
    const { trace: mapping } = definition;
    if (mapping === undefined) return undefined;
    const keys = exportedKeys(definition, this.#options.includeSensitive);
    switch (mapping.kind) {
      case 'start':
        return ignoringSpanHelper((event) => {
          const kind = mapping.client ? SpanKind.CLIENT : SpanKind.INTERNAL;
          const startTime = fromEpochNanoseconds(event.measurements.system_time) ?? now();
          const options = { kind, startTime, attributes: eventAttributes(event, keys) };
          const span = this.#options.tracer().startSpan(mapping.span, options, this.#parentOf(event));
          this.#openSpans.add(mapping.span, event, span, startTime);
        });
      case 'stop':
        return ignoringSpanHelper((event) => {
          const open = this.#end(mapping.span, event, keys);
          if (failed(event))
            setError(
              open.span,
              errorClass(event.metadata.error_kind) ?? errorClass(event.metadata.error) ?? 'error',
            );
          open.span.end(open.endTime);
        });
      case 'exception':
        return ignoringSpanHelper((event) => {
          const open = this.#end(mapping.span, event, keys);
          this.#recordException(open.span, event, open.endTime);
          open.span.end(open.endTime);
        });
      case 'spanEvent':
        return (event) => this.#addSpanEvent(event, keys, definition.isError === true);
    }
  }

  /**
   * Returns the span that the event ends, still open. If its start event was missed, the span begins `duration` before the end.
   */
  #end(name: string, event: AnyEvent, keys: ExportedKeys) {
    const attributes = eventAttributes(event, keys);
    const duration = durationOf(event.measurements.duration);
    const open = this.#openSpans.take(name, event);
    if (open !== undefined) {
      open.span.setAttributes(attributes);
      return { span: open.span, endTime: duration === undefined ? now() : shift(open.startTime, duration) };
    }
    const endTime = fromEpochNanoseconds(event.metadata.timestamp_ns) ?? now();
    const startTime = shift(endTime, -(duration ?? 0));
    const span = this.#options.tracer().startSpan(name, { startTime, attributes }, this.#parentOf(event));
    return { span, endTime };
  }

  /** Returns the active span, or the open span inside it that shares the ids of the event. */
  #parentOf(event: AnyEvent): Context {
    const active = context.active();
    const related = this.#openSpans.related(event);
    if (related === undefined) return active;
    const activeSpan = trace.getSpan(active);
    const isOtherTrace =
      activeSpan !== undefined && activeSpan.spanContext().traceId !== related.span.spanContext().traceId;
    return isOtherTrace ? active : trace.setSpan(active, related.span);
  }

  #addSpanEvent(event: AnyEvent, keys: ExportedKeys, isError: boolean): void {
    const span = event.span ?? trace.getActiveSpan() ?? this.#openSpans.related(event)?.span;
    if (!span?.isRecording()) return;
    span.addEvent(event.name, {
      ...eventAttributes(event, keys),
      ...(isError ? this.#gpuSnapshots.of(event) : undefined),
    });
  }

  #recordException(span: Span, { metadata }: AnyEvent, time: OpenSpan['startTime']): void {
    const { reason } = metadata;
    const type =
      errorClass(metadata.error_type) ?? errorClass(reason) ?? errorClass(metadata.kind) ?? 'error';
    const message = this.#options.includeSensitive ? metadata.error_message : undefined;
    span.recordException(
      message === undefined ? { name: type } : { name: type, message: singleLine(message, 1024) },
      time,
    );
    setError(span, type);
  }
}

/** Skips events of the Span helper: they carry the span of their operation. */
const ignoringSpanHelper =
  (listener: (event: AnyEvent) => void) =>
  (event: AnyEvent): void => {
    if (event.span === undefined) listener(event);
  };

const failed = ({ metadata }: AnyEvent): boolean => metadata.status === 'error' || metadata.success === false;

function setError(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function abandon({ name, span }: OpenSpan): void {
  reportProblem(
    'snakepit.telemetry.span.unmatched',
    { span: name, problem: 'no_stop' },
    `Span '${name}' never stopped`,
  );
  span.setAttribute('snakepit.unfinished', true);
  span.end();
}
