import { errorClass } from '../../common/error-class.js';
import type { AnyEvent } from '../any-event.js';
import { defineEvent, inLogGroup, spanEvent } from '../event-definition.js';
import { enumOf, error, integer, optional, text, unknown } from '../field.js';
import { BOUNDARIES, counter, distribution, lastValue } from '../metric-spec.js';

/** Name of the metric and of the event. */
const STATE = 'snakepit.circuit_breaker.state';
/** The last breaker of the pool was shut down, collected, or is no longer recorded. */
const poolEnded = {
  event: STATE,
  when: ({ measurements }: AnyEvent) => measurements.breakers === 0,
};
const stateGauge = {
  description: 'Breaker state: 0 closed, 1 half-open, 2 open; the worst state in the pool',
  unit: '1',
  tags: ['pool'],
  endedBy: poolEnded,
} as const;
const openDuration = () =>
  optional(integer('ns', 'time since the breaker opened, when it first leaves that state'));
const timeOpen = distribution('snakepit.circuit_breaker.open.duration', {
  measurement: 'open_duration',
  description: 'Time that breakers stayed open before they probed or closed',
  unit: 's',
  tags: ['pool'],
  boundaries: BOUNDARIES.startup,
});

export const circuitBreakerEvents = inLogGroup('ml', {
  'snakepit.circuit_breaker.opened': defineEvent({
    description: 'Breaker switched to open',
    origin: 'elixir',
    measurements: { failure_count: integer('{failure}') },
    metadata: { pool: text('breaker name'), reason: enumOf('failures', 'health_check', 'isolated') },
    metrics: [
      counter('snakepit.circuit_breaker.opened.total', {
        description: 'Times a breaker opened',
        unit: '{transition}',
        tags: ['pool', 'reason'],
      }),
      lastValue('snakepit.circuit_breaker.failure_count', {
        measurement: 'failure_count',
        description: 'Failures at the moment the breaker opened',
        unit: '{failure}',
        tags: ['pool'],
        endedBy: poolEnded,
      }),
      lastValue(STATE, { measurement: () => 2, ...stateGauge }),
    ],
    trace: spanEvent,
    log: {
      level: 'warn',
      message: (m, t) => `Circuit breaker OPENED for pool=${t.pool}: ${m.failure_count} failures`,
    },
  }),
  'snakepit.circuit_breaker.closed': defineEvent({
    description: 'Breaker closed, or was reset',
    origin: 'elixir',
    measurements: { open_duration: openDuration() },
    metadata: { pool: text('breaker name') },
    metrics: [
      counter('snakepit.circuit_breaker.closed.total', {
        description: 'Times a breaker closed',
        unit: '{transition}',
        tags: ['pool'],
      }),
      lastValue(STATE, { measurement: () => 0, ...stateGauge }),
      timeOpen,
    ],
    trace: spanEvent,
    log: { message: (_m, t) => `Circuit breaker CLOSED for pool=${t.pool}` },
  }),
  'snakepit.circuit_breaker.half_open': defineEvent({
    description: 'Breaker began probing',
    origin: 'elixir',
    measurements: { open_duration: openDuration() },
    metadata: { pool: text('breaker name') },
    metrics: [
      counter('snakepit.circuit_breaker.half_open.total', {
        description: 'Times a breaker became half-open',
        unit: '{transition}',
        tags: ['pool'],
      }),
      lastValue(STATE, { measurement: () => 1, ...stateGauge }),
      timeOpen,
    ],
    trace: spanEvent,
    log: { message: (_m, t) => `Circuit breaker HALF-OPEN for pool=${t.pool}` },
  }),
  'snakepit.circuit_breaker.state': defineEvent({
    description: 'Breaker state of a pool: 0 closed, 1 half-open, 2 open; the worst of its breakers',
    origin: 'package',
    measurements: {
      state: integer('1'),
      breakers: optional(integer('{breaker}', 'breakers in the pool; 0 ends its gauges')),
    },
    metadata: { pool: text('breaker name') },
    metrics: [lastValue(STATE, { measurement: 'state', ...stateGauge })],
    log: { level: 'debug' },
  }),
  'snakepit.circuit_breaker.call.allowed': defineEvent({
    description: 'Call let through the breaker',
    origin: 'declared',
    measurements: {},
    metadata: { pool: text(), state: enumOf('closed', 'open', 'half_open') },
    metrics: [
      counter('snakepit.circuit_breaker.calls.allowed.total', {
        description: 'Calls allowed by a breaker',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
  }),
  'snakepit.circuit_breaker.call.rejected': defineEvent({
    description: 'Call refused by the breaker',
    origin: 'declared',
    measurements: {},
    metadata: { pool: text(), state: enumOf('open', 'half_open') },
    metrics: [
      counter('snakepit.circuit_breaker.calls.rejected.total', {
        description: 'Calls rejected by a breaker',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: {
      level: 'warn',
      message: (_m, t) => `Circuit breaker rejected call for pool=${t.pool} state=${t.state}`,
    },
  }),
  'snakepit.circuit_breaker.call.success': defineEvent({
    description: 'Protected call succeeded',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: { pool: text() },
    metrics: [
      distribution('snakepit.circuit_breaker.call.duration', {
        measurement: 'duration',
        description: 'Duration of successful protected calls',
        unit: 's',
        tags: ['pool'],
        boundaries: BOUNDARIES.call,
      }),
    ],
  }),
  'snakepit.circuit_breaker.call.failure': defineEvent({
    description: 'Protected call failed',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: { pool: text(), error: error(unknown()) },
    metrics: [
      counter('snakepit.circuit_breaker.calls.failed.total', {
        description: 'Protected calls that failed',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.circuit_breaker.call.timeout': defineEvent({
    description: 'Protected call timed out',
    origin: 'package',
    measurements: { duration: optional(integer('ns')) },
    metadata: { pool: text() },
    metrics: [
      counter('snakepit.circuit_breaker.calls.timed_out.total', {
        description: 'Protected calls that timed out',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.circuit_breaker.call.fallback': defineEvent({
    description: 'Fallback replaced a failed or rejected call',
    origin: 'package',
    measurements: {},
    metadata: { pool: text(), error: error(text('type of the error that it replaced')) },
    metrics: [
      counter('snakepit.circuit_breaker.calls.fallback.total', {
        description: 'Calls replaced by a fallback',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.circuit_breaker.call.bulkhead_rejected': defineEvent({
    description: 'Call rejected by a full bulkhead',
    origin: 'package',
    measurements: {},
    metadata: { pool: text() },
    metrics: [
      counter('snakepit.circuit_breaker.calls.bulkhead_rejected.total', {
        description: 'Calls rejected by a full bulkhead',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn', message: (_m, t) => `Bulkhead rejected call for pool=${t.pool}` },
  }),
  'snakepit.circuit_breaker.health_check.failed': defineEvent({
    description: 'Health check of a breaker failed',
    origin: 'package',
    measurements: {},
    metadata: { pool: text(), error: error(text('type of the error')) },
    metrics: [
      counter('snakepit.circuit_breaker.health_check.failed.total', {
        description: 'Health checks of breakers that failed',
        unit: '{check}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: {
      level: 'warn',
      message: (_m, t) => `Health check failed for pool=${t.pool}: ${errorClass(t.error) ?? 'error'}`,
    },
  }),
});
