import { defineEvent, spanEvent } from '../event-definition.js';
import { boolean, enumOf, error, integer, number, text, unknown, worker } from '../field.js';
import { BOUNDARIES, distribution, lastValue, sum } from '../metric-spec.js';

/** Metadata of every heartbeat event. */
const monitor = {
  worker_id: worker(),
  worker_pid: text(),
  missed_heartbeats: number(),
  dependent: boolean(),
};

export const heartbeatEvents = {
  'snakepit.heartbeat.monitor_started': defineEvent({
    description: 'Heartbeat monitor started',
    origin: 'elixir',
    measurements: { timestamp: integer('ms'), count: integer('{event}') },
    metadata: { ...monitor },
  }),
  'snakepit.heartbeat.monitor_stopped': defineEvent({
    description: 'Heartbeat monitor stopped',
    origin: 'elixir',
    measurements: { timestamp: integer('ms'), count: integer('{event}') },
    metadata: { ...monitor, reason: error(unknown()) },
  }),
  'snakepit.heartbeat.monitor_failure': defineEvent({
    description: 'Monitor declared the worker failed',
    origin: 'elixir',
    measurements: { timestamp: integer('ms'), count: integer('{event}'), failures: integer('{failure}') },
    metadata: { ...monitor, failure_reason: enumOf('ping_failed', 'heartbeat_timeout') },
    metrics: [
      sum('snakepit.heartbeat.failures', {
        measurement: 'failures',
        description: 'Workers declared failed by their heartbeat monitor',
        unit: '{failure}',
        tags: ['worker_id', 'failure_reason'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'error' },
  }),
  'snakepit.heartbeat.ping_sent': defineEvent({
    description: 'Heartbeat ping sent',
    origin: 'elixir',
    measurements: { timestamp: integer('ms'), count: integer('{event}'), pings: integer('{ping}') },
    metadata: { ...monitor },
    metrics: [
      sum('snakepit.heartbeat.pings', {
        measurement: 'pings',
        description: 'Heartbeat pings sent',
        unit: '{ping}',
        tags: ['worker_id'],
      }),
    ],
  }),
  'snakepit.heartbeat.pong_received': defineEvent({
    description: 'Heartbeat answer received',
    origin: 'elixir',
    measurements: {
      timestamp: integer('ms'),
      count: integer('{event}'),
      pongs: integer('{pong}'),
      latency_ms: integer('ms'),
    },
    metadata: { ...monitor, latency_ms: number() },
    metrics: [
      sum('snakepit.heartbeat.pongs', {
        measurement: 'pongs',
        description: 'Heartbeat answers received',
        unit: '{pong}',
        tags: ['worker_id'],
      }),
      distribution('snakepit.heartbeat.latency', {
        measurement: 'latency_ms',
        description: 'Heartbeat round trip',
        unit: 's',
        tags: ['worker_id'],
        boundaries: BOUNDARIES.call,
      }),
    ],
  }),
  'snakepit.heartbeat.heartbeat_timeout': defineEvent({
    description: 'Heartbeat answer missed',
    origin: 'elixir',
    measurements: {
      timestamp: integer('ms'),
      count: integer('{event}'),
      timeouts: integer('{timeout}'),
      missed: integer('{heartbeat}'),
    },
    metadata: { ...monitor, missed_count: number() },
    metrics: [
      lastValue('snakepit.heartbeat.missed', {
        measurement: 'missed',
        description: 'Heartbeats missed in a row',
        unit: '{heartbeat}',
        tags: ['worker_id'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
};
