import { defineEvent, spanEvent, workerEnd } from '../event-definition.js';
import {
  boolean,
  enumOf,
  error,
  integer,
  number,
  optional,
  sensitive,
  text,
  unknown,
  worker,
} from '../field.js';
import { BOUNDARIES, counter, distribution, sum } from '../metric-spec.js';

export const workerEvents = {
  'snakepit.request.executed': defineEvent({
    description: 'Unqueued request finished',
    origin: 'elixir',
    namesPool: true,
    measurements: { duration_us: integer('us') },
    metadata: {
      pool: text(),
      worker_id: worker(),
      command: text(),
      success: boolean(),
      streaming: boolean(),
      aborted: boolean(),
      reason: enumOf('client_down'),
      client_down_reason: sensitive(unknown()),
    },
    metrics: [
      distribution('snakepit.request.duration', {
        measurement: 'duration_us',
        description: 'Duration of requests',
        unit: 's',
        tags: ['pool', 'command', 'success'],
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.worker.recycled': defineEvent({
    description: 'Worker replaced or died',
    origin: 'elixir',
    measurements: {
      count: integer('{worker}'),
      memory_mb: optional(integer('MiBy', 'floor of bytes/1048576; memory_threshold only')),
    },
    metadata: {
      worker_id: worker(),
      pool: text(),
      reason: enumOf('ttl_expired', 'max_requests', 'memory_threshold', 'manual', 'worker_died'),
      uptime_seconds: number(),
      request_count: number(),
      memory_threshold_mb: number(),
      memory_mb: number(),
    },
    metrics: [
      sum('snakepit.worker.recycled', {
        measurement: 'count',
        description: 'Workers replaced or dead',
        unit: '{worker}',
        tags: ['pool', 'reason'],
      }),
      distribution('snakepit.worker.memory_mb', {
        measurement: 'memory_mb',
        description: 'Memory of workers recycled for it',
        unit: 'MiBy',
        tags: ['pool'],
        boundaries: BOUNDARIES.memoryMb,
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
  'snakepit.worker.health_check_failed': defineEvent({
    description: 'Worker health check failed',
    origin: 'elixir',
    measurements: { count: integer('{failure}') },
    metadata: { worker_id: worker(), pool: text(), reason: error(unknown()) },
    metrics: [
      sum('snakepit.worker.health_checks.failed.total', {
        measurement: 'count',
        description: 'Worker health checks that failed',
        unit: '{failure}',
        tags: ['pool'],
      }),
    ],
    log: { level: 'warn' },
  }),
  'snakepit.worker.crash': defineEvent({
    description: 'Worker crash classified or recorded',
    origin: 'elixir',
    measurements: {},
    metadata: {
      worker_id: worker(),
      pool: text(),
      reason: error(unknown()),
      exit_code: number(),
      device: enumOf('cuda'),
    },
    metrics: [
      counter('snakepit.worker.crashes.total', {
        description: 'Worker crashes',
        unit: '{crash}',
        tags: ['pool', 'exit_code'],
      }),
    ],
    trace: workerEnd,
    log: { level: 'error' },
  }),
  'snakepit.worker.tainted': defineEvent({
    description: 'Worker marked unstable',
    origin: 'elixir',
    measurements: { duration_ms: integer('ms', 'taint period') },
    metadata: {
      worker_id: worker(),
      pool: text(),
      reason: error(unknown()),
      exit_code: number(),
      device: enumOf('cuda'),
    },
    metrics: [
      counter('snakepit.worker.tainted.total', {
        description: 'Workers marked unstable',
        unit: '{worker}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.worker.restarted': defineEvent({
    description: 'Tainted worker came back',
    origin: 'elixir',
    measurements: {},
    metadata: {
      worker_id: worker(),
      pool: text(),
      reason: error(unknown()),
      exit_code: number(),
      device: enumOf('cuda'),
    },
    metrics: [
      counter('snakepit.worker.restarts.total', {
        description: 'Tainted workers that came back',
        unit: '{restart}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
};
