import { type HrTime, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { execute, subscribe, subscribeToTraced } from '../../bus/bus.js';
import { subscribeEach } from '../../bus/subscribe-each.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import { type ExportedKeys, eventAttributes, exportedKeys } from '../../catalog/attributes.js';
import type { CustomEventDefinition, SpanMapping } from '../../catalog/event-definition.js';
import { errorClass } from '../../common/error-class.js';
import { RecordingSwitch } from '../../common/recording-switch.js';
import { withRequestedIds } from '../../common/requested-ids.js';
import { singleLine } from '../../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../../semconv.js';
import { idsOf, pairKeyOf } from './event-ids.js';
import { EventSpans, type UnfinishedReason } from './event-spans.js';
import { GpuSnapshots } from './gpu-snapshots.js';
import { parentOf } from './parent-of.js';
import type { ProcessGpuUsage } from './process-gpu-usage.js';
import { type NewSpan, SpanRecord } from './span-record.js';
import type { SpanTimes } from './span-times.js';
import { durationOf, fromEpochNanoseconds, now, shift, toNanoseconds } from './time.js';

interface TraceRecorderOptions {
  /** Returns the current tracer; hosts may replace their provider. */
  readonly tracer: () => Tracer;
  /** Returns true if an SDK records the spans of that tracer. */
  readonly isRecording: () => boolean;
  /** True if free text, such as exception messages, may leave the process. */
  readonly includeSensitive: boolean;
  /** Time that spans wait for their stop event. */
  readonly spanTimes: SpanTimes;
  /** Determines the GPU usage of spans of other processes. */
  readonly gpuUsage: ProcessGpuUsage;
}

type Listener = (event: AnyEvent) => void;

/** A span whose stop event has arrived. */
interface StoppedSpan {
  readonly span: Span;
  /** Start, ns since the epoch. */
  readonly start: number;
  readonly end: HrTime;
}

/** Records start, stop and exception events as spans, and point events as span events. */
export class TraceRecorder {
  /** Open spans end when it stops. */
  readonly recording: RecordingSwitch;
  readonly #spans: EventSpans;
  readonly #gpuSnapshots = new GpuSnapshots();
  /** Mapping of the start event, by name of the span. */
  readonly #starts = new Map<string, SpanMapping>();
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  readonly #options: TraceRecorderOptions;

  constructor(events: readonly (readonly [string, CustomEventDefinition])[], options: TraceRecorderOptions) {
    this.#events = events;
    this.#options = options;
    this.#spans = new EventSpans(options.spanTimes, endUnfinished);
    for (const [, { trace: mapping }] of events)
      if (mapping?.kind === 'start') this.#starts.set(mapping.span, mapping);
    this.recording = new RecordingSwitch(options.isRecording, () => this.#start());
  }

  #start(): () => void {
    const unsubscribes = [
      subscribe('snakepit.gpu.memory.sampled', this.#gpuSnapshots.recordMemory),
      subscribe('snakepit.gpu.process.sampled', this.#gpuSnapshots.recordProcess),
      subscribe('snakepit.gpu.device.lost', this.#gpuSnapshots.forget),
      this.#options.gpuUsage.start(),
      subscribeEach(this.#events, (definition) => this.#compile(definition), subscribeToTraced),
    ];
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
      this.#spans.clear();
    };
  }

  #compile(definition: CustomEventDefinition): Listener | undefined {
    const { trace: mapping } = definition;
    if (mapping === undefined) return undefined;
    const keys = exportedKeys(definition, this.#options.includeSensitive);
    switch (mapping.kind) {
      case 'start':
        return (event) => this.#startSpan(mapping.span, event, keys);
      case 'stop':
        return (event) => {
          const stopped = this.#stopSpan(mapping.span, event, keys);
          if (failed(event))
            setError(
              stopped.span,
              errorClass(event.metadata.error_kind) ?? errorClass(event.metadata.error) ?? 'error',
            );
          this.#end(stopped, event);
        };
      case 'exception':
        return (event) => {
          const stopped = this.#stopSpan(mapping.span, event, keys);
          this.#recordException(stopped.span, event, stopped.end);
          this.#end(stopped, event);
        };
      case 'spanEvent':
        return (event) => {
          this.#addSpanEvent(event, keys, definition.isError === true);
          if (mapping.endsWorker) this.#spans.endWorker(idsOf(event), nanosecondsOf(event));
        };
      case 'producerEnd':
        return (event) => this.#spans.endProducer(event.metadata.producer);
    }
  }

  #startSpan(name: string, event: AnyEvent, keys: ExportedKeys): void {
    const ids = idsOf(event);
    const arrivedAt = performance.now();
    const startTime = fromEpochNanoseconds(event.measurements.system_time) ?? timeOf(event) ?? now(arrivedAt);
    const start = toNanoseconds(startTime);
    const pairKey = pairKeyOf(name, event, ids);
    // The events of a span may arrive in any order.
    if (this.#spans.pairs.claim(pairKey, start)) return;
    const { record } = this.#record(event, {
      name,
      attributes: eventAttributes(event, keys),
      ids,
      relations: this.#spans.relationsOf(ids, arrivedAt),
      start,
      startTime,
      pairKey,
      isCall: this.#starts.get(name)?.call === true,
      isUnpaired: false,
      arrivedAt,
    });
    if (record.open !== undefined) this.#spans.open(record, record.open);
    if (event.remote !== undefined) this.#options.gpuUsage.begin(event);
  }

  /** Returns the span that the event ends, still open. If its start event was missed, the span begins `duration` before the end. */
  #stopSpan(name: string, event: AnyEvent, keys: ExportedKeys): StoppedSpan {
    const ids = idsOf(event);
    const arrivedAt = performance.now();
    const ownTime = timeOf(event);
    const time = ownTime ?? now(arrivedAt);
    const duration = durationOf(event.measurements.duration);
    const pairKey = pairKeyOf(name, event, ids);
    const attributes = eventAttributes(event, keys);
    const started = this.#spans.pairs.find(pairKey, toNanoseconds(time), duration, ownTime !== undefined);
    if (started?.open !== undefined) {
      const { open } = started;
      const { span, startTime } = open;
      const end = duration === undefined ? time : shift(startTime, duration);
      this.#spans.close(started, open, toNanoseconds(end), arrivedAt);
      span.setAttributes(attributes);
      return { span, start: started.start, end };
    }
    const startTime = shift(time, -(duration ?? 0));
    attributes['snakepit.start_missing'] = true;
    const { record, span } = this.#record(event, {
      name,
      attributes,
      ids,
      relations: this.#spans.relationsOf(ids, arrivedAt),
      start: toNanoseconds(startTime),
      startTime,
      pairKey,
      isCall: this.#starts.get(name)?.call === true,
      isUnpaired: true,
      arrivedAt,
    });
    record.end = toNanoseconds(time);
    this.#spans.addUnpaired(record, arrivedAt);
    execute('snakepit.bridge.spans.unpaired', { count: 1 }, { span: name });
    return { span, start: record.start, end: time };
  }

  #end({ span, start, end }: StoppedSpan, event: AnyEvent): void {
    if (event.remote === undefined || !span.isRecording()) {
      span.end(end);
      return;
    }
    this.#options.gpuUsage.end(event, start, toNanoseconds(end), (attributes) => {
      if (attributes !== undefined) span.setAttributes(attributes);
      span.end(end);
    });
  }

  /** Starts the span. */
  #record(event: AnyEvent, span: NewSpan): { record: SpanRecord; span: Span } {
    const { name, attributes, startTime } = span;
    const { context, record: parent, requested } = parentOf(event, span, this.#spans);
    const kind = this.#starts.get(name)?.client === true ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const options = { kind, startTime, attributes };
    const tracer = this.#options.tracer();
    const started =
      requested === undefined
        ? tracer.startSpan(name, options, context)
        : withRequestedIds(requested, () => tracer.startSpan(name, options, context));
    return { record: new SpanRecord(span, started, parent), span: started };
  }

  #addSpanEvent(event: AnyEvent, keys: ExportedKeys, isError: boolean): void {
    const isNow = event.remote === undefined;
    const time = timeOf(event);
    const span =
      event.span ?? (isNow ? trace.getActiveSpan() : undefined) ?? this.#spanAround(event, isNow, time);
    if (!span?.isRecording()) return;
    const attributes = eventAttributes(event, keys);
    if (isError) Object.assign(attributes, this.#gpuSnapshots.of(event));
    span.addEvent(event.name, attributes, isNow ? undefined : time);
  }

  #spanAround(event: AnyEvent, isNow: boolean, time = now()): Span | undefined {
    return this.#spans.aroundPoint(idsOf(event), { time: toNanoseconds(time), isNow });
  }

  #recordException(span: Span, { metadata }: AnyEvent, time: HrTime): void {
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

/** Returns the time that the event has of its own. */
const timeOf = ({ remote, metadata }: AnyEvent): HrTime | undefined =>
  fromEpochNanoseconds(remote?.timestampNs ?? metadata.timestamp_ns);

function nanosecondsOf(event: AnyEvent): number | undefined {
  const time = timeOf(event);
  return time === undefined ? undefined : toNanoseconds(time);
}

const failed = ({ metadata }: AnyEvent): boolean => metadata.status === 'error' || metadata.success === false;

function setError(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function endUnfinished(span: Span, { name }: SpanRecord, reason: UnfinishedReason, end: number): void {
  span.setAttribute('snakepit.unfinished', reason);
  if (reason === 'worker_died') setError(span, reason);
  span.end(fromEpochNanoseconds(end));
  execute('snakepit.bridge.spans.unfinished', { count: 1 }, { span: name, reason });
}
