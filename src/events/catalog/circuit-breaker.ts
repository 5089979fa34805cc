import { BOUNDARIES, counter, distribution, lastValue } from '../../metrics/definition.js';
import { anything, integer, text, word } from '../field.js';
import { annotation, row } from '../row.js';

export const circuitBreakerEvents = {
  'snakepit.circuit_breaker.opened': row({
    description: 'Breaker switched to open',
    origin: 'elixir',
    measurements: { failure_count: integer('{failure}') },
    metadata: { pool: text('breaker name'), reason: word('failures') },
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
      }),
      lastValue('snakepit.circuit_breaker.state', {
        measurement: () => 2,
        description: 'Breaker state: 0 closed, 1 half-open, 2 open',
        unit: '1',
        tags: ['pool'],
      }),
    ],
    trace: annotation,
    log: {
      level: 'warn',
      message: (m, t) => `Circuit breaker OPENED for pool=${t.pool}: ${m.failure_count} failures`,
    },
  }),
  'snakepit.circuit_breaker.closed': row({
    description: 'Breaker closed, or was reset',
    origin: 'elixir',
    measurements: {},
    metadata: { pool: text('breaker name') },
    metrics: [
      counter('snakepit.circuit_breaker.closed.total', {
        description: 'Times a breaker closed',
        unit: '{transition}',
        tags: ['pool'],
      }),
      lastValue('snakepit.circuit_breaker.state', {
        measurement: () => 0,
        description: 'Breaker state: 0 closed, 1 half-open, 2 open',
        unit: '1',
        tags: ['pool'],
      }),
    ],
    trace: annotation,
    log: { message: (_m, t) => `Circuit breaker CLOSED for pool=${t.pool}` },
  }),
  'snakepit.circuit_breaker.half_open': row({
    description: 'Breaker began probing',
    origin: 'elixir',
    measurements: {},
    metadata: { pool: text('breaker name') },
    metrics: [
      counter('snakepit.circuit_breaker.half_open.total', {
        description: 'Times a breaker began probing',
        unit: '{transition}',
        tags: ['pool'],
      }),
      lastValue('snakepit.circuit_breaker.state', {
        measurement: () => 1,
        description: 'Breaker state: 0 closed, 1 half-open, 2 open',
        unit: '1',
        tags: ['pool'],
      }),
    ],
    trace: annotation,
    log: { message: (_m, t) => `Circuit breaker HALF-OPEN for pool=${t.pool}` },
  }),
  'snakepit.circuit_breaker.call.allowed': row({
    description: 'Call let through the breaker',
    origin: 'declared',
    measurements: {},
    metadata: { pool: text(), state: word('closed', 'open', 'half_open') },
    metrics: [
      counter('snakepit.circuit_breaker.calls.allowed.total', {
        description: 'Calls let through a breaker',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
  }),
  'snakepit.circuit_breaker.call.rejected': row({
    description: 'Call refused by the breaker',
    origin: 'declared',
    measurements: {},
    metadata: { pool: text(), state: word('open', 'half_open') },
    metrics: [
      counter('snakepit.circuit_breaker.calls.rejected.total', {
        description: 'Calls refused by a breaker',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    log: {
      level: 'warn',
      message: (_m, t) => `Circuit breaker rejected call for pool=${t.pool} state=${t.state}`,
    },
  }),
  'snakepit.circuit_breaker.call.success': row({
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
  'snakepit.circuit_breaker.call.failure': row({
    description: 'Protected call failed',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: { pool: text(), error: anything() },
    metrics: [
      counter('snakepit.circuit_breaker.calls.failed.total', {
        description: 'Protected calls that failed',
        unit: '{call}',
        tags: ['pool'],
      }),
    ],
    trace: annotation,
  }),
};
