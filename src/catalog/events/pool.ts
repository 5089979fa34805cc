import { defineEvent, spanEvent, workerEnd } from '../event-definition.js';
import { boolean, enumOf, error, integer, number, optional, text, unknown, worker } from '../field.js';
import { BOUNDARIES, counter, distribution, lastValue } from '../metric-spec.js';

/** Metric of every event that carries the queue depth. */
const queueDepth = lastValue('snakepit.pool.queue.depth', {
  measurement: 'queue_depth',
  description: 'Requests waiting in the pool queue',
  unit: '{request}',
  tags: [{ key: 'pool_name', as: 'pool' }],
});

export const poolEvents = {
  'snakepit.pool.initialized': defineEvent({
    description: 'Pool initialization done',
    origin: 'declared',
    measurements: { duration: optional(integer('ns')), system_time: integer('epoch_ns') },
    metadata: {
      node: text(),
      pool_name: text(),
      size: number(),
      adapter_module: text(),
      worker_module: text(),
    },
    metrics: [
      lastValue('snakepit.pool.size', {
        measurement: (event) => (typeof event.metadata.size === 'number' ? event.metadata.size : undefined),
        description: 'Configured workers of the pool',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
  'snakepit.pool.init_started': defineEvent({
    description: 'Pool initialization began',
    origin: 'elixir',
    measurements: { total_workers: integer('{worker}'), count: integer('{event}') },
    metadata: {},
    trace: spanEvent,
  }),
  'snakepit.pool.init_complete': defineEvent({
    description: 'All pools initialized',
    origin: 'elixir',
    measurements: {
      duration_ms: integer('ms'),
      total_workers: integer('{worker}'),
      count: integer('{event}'),
    },
    metadata: { pool_workers: unknown('pool to worker count') },
    metrics: [
      distribution('snakepit.pool.init.duration', {
        measurement: 'duration_ms',
        description: 'Initialization of all pools',
        unit: 's',
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
  'snakepit.pool.status': defineEvent({
    description: 'Periodic pool status',
    origin: 'declared',
    measurements: {
      queue_depth: integer('{request}'),
      available_workers: integer('{worker}'),
      busy_workers: integer('{worker}'),
      total_workers: integer('{worker}'),
    },
    metadata: { node: text(), pool_name: text() },
    metrics: [
      queueDepth,
      lastValue('snakepit.pool.workers.available', {
        measurement: 'available_workers',
        description: 'Workers ready for a request',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
      lastValue('snakepit.pool.workers.busy', {
        measurement: 'busy_workers',
        description: 'Workers serving a request',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
      lastValue('snakepit.pool.workers.all', {
        measurement: 'total_workers',
        description: 'Workers in the pool',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
    ],
  }),
  'snakepit.pool.queue.enqueued': defineEvent({
    description: 'Request queued',
    origin: 'declared',
    measurements: { queue_depth: integer('{request}'), system_time: integer('epoch_ns') },
    metadata: {
      node: text(),
      pool_name: text(),
      command: text(),
      session_id: text(),
      correlation_id: text(),
    },
    metrics: [
      counter('snakepit.pool.queue.enqueued.total', {
        description: 'Requests queued',
        unit: '{request}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
      queueDepth,
    ],
    trace: spanEvent,
  }),
  'snakepit.pool.queue.dequeued': defineEvent({
    description: 'Request left the queue',
    origin: 'declared',
    measurements: { queue_time: integer('ns'), queue_depth: integer('{request}') },
    metadata: { node: text(), pool_name: text(), worker_id: worker(), correlation_id: text() },
    metrics: [
      distribution('snakepit.pool.queue.time', {
        measurement: 'queue_time',
        description: 'Time that requests waited in the queue',
        unit: 's',
        tags: [{ key: 'pool_name', as: 'pool' }],
        boundaries: BOUNDARIES.call,
      }),
      queueDepth,
    ],
    trace: spanEvent,
  }),
  'snakepit.pool.queue.timeout': defineEvent({
    description: 'Request timed out in queue',
    origin: 'declared',
    measurements: { queue_time: integer('ns'), queue_depth: integer('{request}') },
    metadata: { node: text(), pool_name: text(), timeout_ms: number(), correlation_id: text() },
    metrics: [
      counter('snakepit.pool.queue.timeouts.total', {
        description: 'Requests that timed out in the queue',
        unit: '{request}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
      queueDepth,
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.pool.saturated': defineEvent({
    description: 'Request refused, queue full',
    origin: 'elixir',
    measurements: { queue_size: integer('{request}'), max_queue_size: integer('{request}') },
    metadata: { pool: text(), available_workers: number(), busy_workers: number() },
    metrics: [
      counter('snakepit.pool.saturated.total', {
        description: 'Requests refused because the queue was full',
        unit: '{request}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.pool.capacity_reached': defineEvent({
    description: 'Threaded worker is full',
    origin: 'elixir',
    measurements: { capacity: integer('{request}'), load: integer('{request}') },
    metadata: { worker_pid: text(), profile: enumOf('thread'), rejected: boolean('only when refused') },
    metrics: [
      counter('snakepit.pool.capacity_reached.total', {
        description: 'Times a threaded worker was full',
        unit: '{event}',
        tags: ['profile'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.pool.call.dispatched': defineEvent({
    description: 'Call assigned to a worker',
    origin: 'elixir',
    namesPool: true,
    measurements: { system_time: integer('epoch_ns') },
    metadata: { pool: text(), worker_id: worker(), command: text(), queued: boolean() },
    metrics: [
      counter('snakepit.pool.calls.dispatched.total', {
        description: 'Calls assigned to a worker',
        unit: '{call}',
        tags: ['pool', 'queued'],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.pool.worker.spawn_started': defineEvent({
    description: 'Worker start began',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), pool_name: text(), worker_id: worker(), worker_module: text() },
    trace: spanEvent,
  }),
  'snakepit.pool.worker.spawned': defineEvent({
    description: 'Worker started and connected',
    origin: 'elixir',
    measurements: { duration: integer('ns'), system_time: integer('epoch_ns') },
    metadata: {
      node: text(),
      pool_name: text(),
      worker_id: worker(),
      worker_pid: text(),
      python_port: number(),
      python_pid: number(),
      mode: enumOf('process', 'thread'),
    },
    metrics: [
      distribution('snakepit.pool.worker.spawn.duration', {
        measurement: 'duration',
        description: 'Time until a worker was started and connected',
        unit: 's',
        tags: [{ key: 'pool_name', as: 'pool' }],
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.pool.worker_ready': defineEvent({
    description: 'Worker joined the pool',
    origin: 'elixir',
    namesPool: true,
    measurements: { worker_count: integer('{worker}'), count: integer('{event}') },
    metadata: { pool_name: text(), worker_id: worker() },
    trace: spanEvent,
  }),
  'snakepit.pool.worker.spawn_failed': defineEvent({
    description: 'Worker failed to start',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: {
      node: text(),
      pool_name: text(),
      worker_id: worker(),
      reason: error(unknown()),
      retry_count: number(),
    },
    metrics: [
      counter('snakepit.pool.worker.spawn_failures.total', {
        description: 'Workers that failed to start',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.pool.worker.terminated': defineEvent({
    description: 'Worker process ended',
    origin: 'elixir',
    measurements: { lifetime: integer('ns'), total_commands: optional(integer('{command}')) },
    metadata: {
      node: text(),
      pool_name: text(),
      worker_id: worker(),
      worker_pid: text(),
      reason: error(unknown()),
      planned: boolean(),
    },
    metrics: [
      counter('snakepit.pool.worker.terminated.total', {
        description: 'Worker processes that ended',
        unit: '{worker}',
        tags: [{ key: 'pool_name', as: 'pool' }, 'planned'],
      }),
      distribution('snakepit.pool.worker.lifetime', {
        measurement: 'lifetime',
        description: 'Lifetime of worker processes',
        unit: 's',
        tags: [{ key: 'pool_name', as: 'pool' }],
        boundaries: BOUNDARIES.lifetime,
      }),
    ],
    trace: workerEnd,
  }),
  'snakepit.pool.worker.restarted': defineEvent({
    description: 'Pool worker restarted',
    origin: 'declared',
    measurements: { downtime: integer('ns'), restart_count: integer('{restart}') },
    metadata: {
      node: text(),
      pool_name: text(),
      worker_id: worker(),
      previous_pid: text(),
      new_pid: text(),
      reason: error(unknown()),
    },
    metrics: [
      counter('snakepit.pool.worker.restarts.total', {
        description: 'Pool workers restarted',
        unit: '{restart}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
      distribution('snakepit.pool.worker.downtime', {
        measurement: 'downtime',
        description: 'Time until a worker was back',
        unit: 's',
        tags: [{ key: 'pool_name', as: 'pool' }],
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
};
