import { defineEvent, spanEvent, spanException, spanStart, spanStop } from '../event-definition.js';
import { error, integer, optional, sensitive, text, worker } from '../field.js';
import { BOUNDARIES, counter, distribution } from '../metric-spec.js';
import { PYTHON_ERROR } from '../python-error-keys.js';

const metadata = { worker_id: worker(), correlation_id: text() };
const PAST_LIMIT = 'past the first 500 names that are not in the catalog';

/**
 * Events of other processes whose names are past the limit of names that are not in the catalog. The names within the limit are recorded
 * in the same way, each under its own.
 */
export const undeclaredEvents = {
  'snakepit.python.other': defineEvent({
    description: `Event of another process, of a name ${PAST_LIMIT}`,
    origin: 'package',
    measurements: {},
    metadata,
    metrics: [
      counter('snakepit.python.events.total', {
        description:
          'Events of other processes that are not in the catalog and neither start nor end a span, by `event`',
        unit: '{event}',
        attributes: { event: 'snakepit.python.other' },
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.python.other.start': defineEvent({
    description: `Span of another process began, of a name ${PAST_LIMIT}`,
    origin: 'package',
    measurements: { system_time: optional(integer('epoch_ns')) },
    metadata,
    trace: spanStart('snakepit.python.other'),
  }),
  'snakepit.python.other.stop': defineEvent({
    description: `Span of another process ended, of a name ${PAST_LIMIT}`,
    origin: 'package',
    measurements: { duration: integer('ns') },
    metadata,
    metrics: [
      distribution('snakepit.python.span.duration', {
        measurement: 'duration',
        description: 'Duration of spans of other processes that are not in the catalog, by `span`',
        unit: 's',
        sourceUnit: 'ns',
        attributes: { span: 'snakepit.python.other' },
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanStop('snakepit.python.other'),
  }),
  'snakepit.python.other.exception': defineEvent({
    description: `Span of another process failed, of a name ${PAST_LIMIT}`,
    origin: 'package',
    measurements: { duration: optional(integer('ns')) },
    metadata: { ...metadata, error_type: error(text()), error_message: sensitive(text()) },
    metrics: [
      counter('snakepit.python.span.exceptions.total', {
        description: 'Spans of other processes that failed and are not in the catalog, by `span`',
        unit: '{exception}',
        tags: ['error_type'],
        attributes: { span: 'snakepit.python.other' },
      }),
    ],
    pythonError: PYTHON_ERROR,
    trace: spanException('snakepit.python.other'),
    log: { level: 'error' },
  }),
};
