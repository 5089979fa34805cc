import { defineEvent } from '../event-definition.js';
import { enumOf, integer, text } from '../field.js';
import { sum } from '../metric-spec.js';

const INPUTS = ['stderr', 'unix', 'tcp', 'http', 'stdin'] as const;

/** Events about the events of other processes. */
export const bridgeEvents = {
  'snakepit.bridge.producer.ended': defineEvent({
    description: 'A stream of events of another process has ended for good',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{producer}') },
    metadata: { producer: text() },
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
