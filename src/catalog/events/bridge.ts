import { defineEvent, producerEnd } from '../event-definition.js';
import { enumOf, integer, text } from '../field.js';
import { sum } from '../metric-spec.js';

const INPUTS = ['stderr', 'unix', 'tcp', 'http', 'stdin'] as const;

/** Events about the events of other processes, and about the spans that start and stop events make. */
export const bridgeEvents = {
  'snakepit.bridge.producer.ended': defineEvent({
    description: 'A stream of events of another process has ended for good',
    origin: 'package',
    reserved: true,
    measurements: {},
    metadata: { producer: text() },
    trace: producerEnd,
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
      reason: enumOf('line_malformed', 'line_too_long', 'event_missing'),
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
};
