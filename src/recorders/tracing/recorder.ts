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
import { catchErrors, reportProblem } from '../../bus/diagnostics.js';
import { type ExportedKeys, eventAttributes, exportedKeys } from '../../catalog/attributes.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import type { AnyEvent } from '../../catalog/event-map.js';
import { redact } from '../../common/redact.js';
import { singleLine } from '../../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../../semconv.js';
import { GpuSnapshots } from './gpu-snapshots.js';
import { type OpenSpan, OpenSpans } from './open-spans.js';
import { durationOf, fromEpochNanoseconds, now, shift } from './time.js';

interface TraceRecorderOptions {
  /** The tracer at the time of the call: providers may come and go. */
  readonly tracer: () => Tracer;
  /** Whether free text such as exception messages may leave the process. */
  readonly includeSensitive: boolean;
}

const MAX_OPEN_SPANS = 10_000;

/** Turns start, stop and exception events of other producers into spans, and point events into span events. */
export class TraceRecorder {
  private readonly openSpans = new OpenSpans(MAX_OPEN_SPANS, abandon);
  private readonly gpuSnapshots = new GpuSnapshots();
  private unsubscribes: (() => void)[] = [];

  constructor(
    private readonly rows: readonly (readonly [string, CustomEventDefinition])[],
    private readonly options: TraceRecorderOptions,
  ) {}

  enable(): void {
    if (this.unsubscribes.length > 0) return;
    this.unsubscribes = [
      ...this.rows.flatMap(([name, row]) => {
        const listener = this.compile(row);
        return listener === undefined ? [] : subscribe(name, catchErrors(listener));
      }),
      subscribe('snakepit.gpu.memory.sampled', this.gpuSnapshots.rememberMemory),
      subscribe('snakepit.gpu.process.sampled', this.gpuSnapshots.rememberProcess),
      subscribe('snakepit.gpu.device.lost', this.gpuSnapshots.forget),
    ];
  }

  /** Stops recording; spans under way are ended as they are. */
  disable(): void {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.unsubscribes = [];
    this.openSpans.clear();
  }

  private compile(row: CustomEventDefinition): ((event: AnyEvent) => void) | undefined {
    const { trace: meaning } = row;
    if (meaning === undefined) return undefined;
    const keys = exportedKeys(row, this.options.includeSensitive);
    switch (meaning.kind) {
      case 'start':
        return ignoringSpanHelper((event) => {
          const kind = meaning.client ? SpanKind.CLIENT : SpanKind.INTERNAL;
          const startTime = fromEpochNanoseconds(event.measurements.system_time) ?? now();
          const options = { kind, startTime, attributes: eventAttributes(event, keys) };
          const span = this.options.tracer().startSpan(meaning.span, options, this.parentOf(event));
          this.openSpans.add(meaning.span, event, span, startTime);
        });
      case 'stop':
        return ignoringSpanHelper((event) => {
          const open = this.end(meaning.span, event, keys);
          if (failed(event))
            setError(open.span, event.metadata.error_kind ?? event.metadata.error ?? 'error');
          open.span.end(open.endTime);
        });
      case 'exception':
        return ignoringSpanHelper((event) => {
          const open = this.end(meaning.span, event, keys);
          this.recordException(open.span, event, open.endTime);
          open.span.end(open.endTime);
        });
      case 'spanEvent':
        return (event) => this.addSpanEvent(event, keys);
    }
  }

  /**
   * The span that the event ends, not ended yet. Where its start was never seen, one that begins when it must have.
   */
  private end(name: string, event: AnyEvent, keys: ExportedKeys | undefined) {
    const attributes = eventAttributes(event, keys);
    const duration = durationOf(event.measurements.duration);
    const open = this.openSpans.take(name, event);
    if (open !== undefined) {
      open.span.setAttributes(attributes);
      return { span: open.span, endTime: duration === undefined ? now() : shift(open.startTime, duration) };
    }
    const endTime = fromEpochNanoseconds(event.metadata.timestamp_ns) ?? now();
    const startTime = shift(endTime, -(duration ?? 0));
    const span = this.options.tracer().startSpan(name, { startTime, attributes }, this.parentOf(event));
    return { span, endTime };
  }

  /** The active span, or a span under way inside it that the event belongs to by its ids. */
  private parentOf(event: AnyEvent): Context {
    const active = context.active();
    const related = this.openSpans.related(event);
    if (related === undefined) return active;
    const activeSpan = trace.getSpan(active);
    const foreign =
      activeSpan !== undefined && activeSpan.spanContext().traceId !== related.span.spanContext().traceId;
    return foreign ? active : trace.setSpan(active, related.span);
  }

  private addSpanEvent(event: AnyEvent, keys: ExportedKeys | undefined): void {
    const span = event.span ?? trace.getActiveSpan() ?? this.openSpans.related(event)?.span;
    if (!span?.isRecording()) return;
    const isError = event.name.startsWith('snakepit.error.');
    span.addEvent(event.name, {
      ...eventAttributes(event, keys),
      ...(isError ? this.gpuSnapshots.of(event.metadata.device) : undefined),
    });
  }

  private recordException(span: Span, { metadata }: AnyEvent, time: OpenSpan['startTime']): void {
    const { reason } = metadata;
    const type =
      metadata.error_type ?? (reason instanceof Error ? reason.name : reason) ?? metadata.kind ?? 'error';
    const message = this.options.includeSensitive ? metadata.error_message : undefined;
    const name = singleLine(type, 128);
    span.recordException(
      message === undefined ? { name } : { name, message: singleLine(redact(String(message)), 1024) },
      time,
    );
    setError(span, type);
  }
}

/** Events of the Span helper carry the span that already stands for the operation. */
const ignoringSpanHelper =
  (listener: (event: AnyEvent) => void) =>
  (event: AnyEvent): void => {
    if (event.span === undefined) listener(event);
  };

const failed = ({ metadata }: AnyEvent): boolean => metadata.status === 'error' || metadata.success === false;

function setError(span: Span, type: unknown): void {
  span.setAttribute(ATTR_ERROR_TYPE, singleLine(type, 128));
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
