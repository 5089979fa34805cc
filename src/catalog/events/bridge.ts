import { defineEvent, producerEnd } from '../event-definition.js';
import { enumOf, float, integer, text } from '../field.js';
import { lastValue, sum } from '../metric-spec.js';

const INPUTS = ['stderr', 'unix', 'tcp', 'http', 'stdin'] as const;

/** States of a worker after an event of it. */
const WORKER_STATES = ['ready', 'failed', 'crashed', 'tainted', 'unhealthy'] as const;

/** Reasons for which a line is refused. */
const REFUSALS = [
  'line_malformed',
  'line_too_long',
  'not_an_object',
  'event_missing',
  'event_name_invalid',
  'event_reserved',
  'measurements_invalid',
  'metadata_invalid',
  'producer_invalid',
  'seq_invalid',
  'dropped_invalid',
  'hello_invalid',
  'too_many_keys',
] as const;

/** Counts of what the inputs of `snakepit-otel` receive, each a sum over many lines. */
const inputEvents = {
  'snakepit.bridge.events.accepted': defineEvent({
    description: 'Events of other processes were accepted',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: { input: enumOf(...INPUTS) },
    metrics: [
      sum('snakepit.bridge.events.accepted.total', {
        measurement: 'count',
        description: 'Events of other processes that were accepted',
        unit: '{event}',
        tags: ['input'],
      }),
    ],
  }),
  'snakepit.bridge.events.refused': defineEvent({
    description: 'Events of other processes were refused',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: {
      input: enumOf(...INPUTS),
      reason: enumOf(...REFUSALS),
    },
    metrics: [
      sum('snakepit.bridge.events.refused.total', {
        measurement: 'count',
        description: 'Events of other processes that were refused',
        unit: '{event}',
        tags: ['input', 'reason'],
      }),
    ],
  }),
  'snakepit.bridge.events.duplicate': defineEvent({
    description: 'Events of other processes came again and were dropped; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: {},
    metrics: [
      sum('snakepit.bridge.events.duplicate.total', {
        measurement: 'count',
        description: 'Events of other processes that came again and were dropped',
        unit: '{event}',
      }),
    ],
  }),
  'snakepit.bridge.events.lost': defineEvent({
    description:
      'Events of other processes did not arrive, by their sequence numbers; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: {},
    metrics: [
      sum('snakepit.bridge.events.lost.total', {
        measurement: 'count',
        description: 'Events of other processes that did not arrive, by their sequence numbers',
        unit: '{event}',
      }),
    ],
  }),
  'snakepit.bridge.events.dropped_by_producer': defineEvent({
    description: 'Another process reported events that it had to drop; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: {},
    metrics: [
      sum('snakepit.bridge.events.dropped_by_producer.total', {
        measurement: 'count',
        description: 'Events that other processes dropped before they sent them',
        unit: '{event}',
      }),
    ],
  }),
  'snakepit.bridge.queue.sampled': defineEvent({
    description: 'State of the queue of events from other processes; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: {
      size: integer('{event}'),
      capacity: integer('{event}'),
      lag: float('s', 'time that the event processed last waited'),
    },
    metadata: {},
    metrics: [
      lastValue('snakepit.bridge.queue.size', {
        measurement: 'size',
        description: 'Events of other processes that wait to be processed',
        unit: '{event}',
      }),
      lastValue('snakepit.bridge.queue.capacity', {
        measurement: 'capacity',
        description: 'Events of other processes that may wait to be processed',
        unit: '{event}',
      }),
      lastValue('snakepit.bridge.lag', {
        measurement: 'lag',
        description: 'Time that the event processed last waited',
        unit: 's',
      }),
    ],
  }),
  'snakepit.bridge.workers.sampled': defineEvent({
    description:
      'The number of workers in a state changed, as their events show it; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{worker}') },
    metadata: { state: enumOf(...WORKER_STATES) },
    metrics: [
      lastValue('snakepit.bridge.workers', {
        measurement: 'count',
        description: 'Workers whose events arrive, by the state that the last of them shows; at most 256',
        unit: '{worker}',
        tags: ['state'],
        instrument: 'updowncounter',
      }),
    ],
  }),
  'snakepit.bridge.clock.measured': defineEvent({
    description:
      'The clock of another process deviates, or its events are late: smallest delay of the last minute; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { offset: float('s', 'negative if its clock is ahead') },
    metadata: { producer: text() },
    metrics: [
      lastValue('snakepit.bridge.clock.offset', {
        measurement: 'offset',
        description: 'Arrival minus timestamp of events, the smallest of the last minute, if it exceeds 1 s',
        unit: 's',
        tags: ['producer'],
        cardinalityLimit: 33,
      }),
    ],
  }),
};

/** Events about the events of other processes, and about the spans that start and stop events make. */
export const bridgeEvents = {
  ...inputEvents,
  'snakepit.bridge.producer.ended': defineEvent({
    description: 'A stream of events of another process has ended for good',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{producer}') },
    metadata: { producer: text() },
    trace: producerEnd,
  }),
  'snakepit.bridge.otlp.received': defineEvent({
    description: 'A request to export spans of another process was received',
    origin: 'package',
    reserved: true,
    measurements: { spans: integer('{span}'), joined: integer('{span}'), repeated: integer('{span}') },
    metadata: {},
    metrics: [
      sum('snakepit.bridge.otlp.spans.total', {
        measurement: 'spans',
        description: 'Spans of other processes that were received over OTLP',
        unit: '{span}',
      }),
      sum('snakepit.bridge.otlp.spans.joined.total', {
        measurement: 'joined',
        description: 'Spans received over OTLP that were moved to the trace of their request',
        unit: '{span}',
      }),
      sum('snakepit.bridge.otlp.spans.repeated.total', {
        measurement: 'repeated',
        description: 'Spans received over OTLP that were left out, as events of the same call made one',
        unit: '{span}',
      }),
    ],
  }),
  'snakepit.bridge.otlp.refused': defineEvent({
    description: 'A request to export of another process was refused',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{request}') },
    metadata: { reason: text() },
    metrics: [
      sum('snakepit.bridge.otlp.refused.total', {
        measurement: 'count',
        description: 'Requests to export that were refused, by the HTTP status of the answer',
        unit: '{request}',
        tags: ['reason'],
      }),
    ],
  }),
  'snakepit.bridge.spans.unfinished': defineEvent({
    description: 'A span whose stop event did not arrive was ended',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{span}') },
    metadata: { span: text(), reason: enumOf('call_ended', 'worker_died', 'expired') },
    metrics: [
      sum('snakepit.bridge.spans.unfinished.total', {
        measurement: 'count',
        description: 'Spans that were ended because their stop event did not arrive',
        unit: '{span}',
        tags: ['reason'],
      }),
    ],
  }),
  'snakepit.bridge.spans.unpaired': defineEvent({
    description: 'A stop event arrived whose start event had not',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{span}') },
    metadata: { span: text() },
    metrics: [
      sum('snakepit.bridge.spans.unpaired.total', {
        measurement: 'count',
        description: 'Spans that were recorded from their stop event alone',
        unit: '{span}',
      }),
    ],
  }),
};
