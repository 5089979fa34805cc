import { defineEvent } from '../event-definition.js';
import { enumOf, integer, text } from '../field.js';
import { counter, sum } from '../metric-spec.js';

export const telemetryEvents = {
  'snakepit.telemetry.handler.failed': defineEvent({
    description: 'A handler threw, and was detached',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{failure}') },
    metadata: { handler_id: text(), event: text(), error_type: text() },
    metrics: [
      counter('snakepit.telemetry.handler_failures.total', {
        description: 'Handlers detached because they threw',
        unit: '{failure}',
        tags: ['event'],
      }),
    ],
    log: {
      level: 'error',
      message: (_m, t) => `Telemetry handler ${t.handler_id} threw on ${t.event} and was detached`,
    },
  }),
  'snakepit.telemetry.event.invalid': defineEvent({
    description: 'An event had a missing or invalid measurement',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{event}') },
    metadata: {
      event: text(),
      key: text(),
      problem: enumOf('missing', 'not_finite', 'negative', 'out_of_range', 'threw'),
    },
    metrics: [
      counter('snakepit.telemetry.invalid_events.total', {
        description: 'Events with a missing or invalid measurement',
        unit: '{event}',
        tags: ['event', 'problem'],
      }),
    ],
    log: {
      level: 'warn',
      message: (_m, t) => `Telemetry event ${t.event} is invalid: ${t.key} ${t.problem}`,
    },
  }),
  'snakepit.telemetry.span.unmatched': defineEvent({
    description: 'A span was ended twice',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{span}') },
    metadata: { span: text(), problem: enumOf('ended_twice') },
    metrics: [
      counter('snakepit.telemetry.unmatched_spans.total', {
        description: 'Spans that were ended twice',
        unit: '{span}',
        tags: ['problem'],
      }),
    ],
    log: { level: 'warn', message: (_m, t) => `Telemetry span ${t.span}: ${t.problem}` },
  }),
  'snakepit.telemetry.export.finished': defineEvent({
    description:
      'Items were exported, were refused by the exporter, found the queue full, or were rejected by the collector; emitted by `snakepit-otel`',
    origin: 'package',
    reserved: true,
    measurements: { count: integer('{item}') },
    metadata: {
      signal: enumOf('traces', 'metrics', 'logs'),
      outcome: enumOf('exported', 'failed', 'dropped', 'rejected'),
    },
    metrics: [
      sum('snakepit.telemetry.export_items.total', {
        measurement: 'count',
        description:
          'Spans, metric data points and log records that were exported, failed, dropped or rejected',
        unit: '{item}',
        tags: ['signal', 'outcome'],
      }),
    ],
  }),
};
