import { defineEvent, spanEvent } from '../event-definition.js';
import { boolean, enumOf, float, integer, text, unknown, worker } from '../field.js';
import { BOUNDARIES, counter, distribution, lastValue, sum } from '../metric-spec.js';

export const sessionEvents = {
  'snakepit.session_store.session.created': defineEvent({
    description: 'Session stored',
    origin: 'declared',
    measurements: {},
    metadata: { session_id: text() },
    metrics: [
      counter('snakepit.session_store.sessions.created.total', {
        description: 'Sessions created in the session store',
        unit: '{session}',
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.session_store.session.accessed': defineEvent({
    description: 'Session read',
    origin: 'declared',
    measurements: {},
    metadata: { session_id: text() },
    trace: spanEvent,
  }),
  'snakepit.session_store.session.deleted': defineEvent({
    description: 'Session removed',
    origin: 'declared',
    measurements: {},
    metadata: { session_id: text() },
    metrics: [
      counter('snakepit.session_store.sessions.deleted.total', {
        description: 'Sessions deleted in the session store',
        unit: '{session}',
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.session_store.session.expired': defineEvent({
    description: 'Sessions expired',
    origin: 'declared',
    measurements: { count: integer('{session}') },
    metadata: {},
    metrics: [
      sum('snakepit.session_store.sessions.expired.total', {
        measurement: 'count',
        description: 'Sessions that expired in the session store',
        unit: '{session}',
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.session_store.program.stored': defineEvent({
    description: 'Program stored',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: spanEvent,
  }),
  'snakepit.session_store.program.retrieved': defineEvent({
    description: 'Program read',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: spanEvent,
  }),
  'snakepit.session_store.program.deleted': defineEvent({
    description: 'Program removed',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: spanEvent,
  }),
  'snakepit.bridge.session.pruned': defineEvent({
    description: 'Expired sessions cleaned up',
    origin: 'elixir',
    measurements: {
      count: integer('{session}'),
      remaining_sessions: integer('{session}'),
      system_time: integer('epoch_ns'),
    },
    metadata: { reason: enumOf('ttl'), table_name: text(), max_sessions: unknown('or infinity') },
    metrics: [
      sum('snakepit.bridge.sessions.pruned.total', {
        measurement: 'count',
        description: 'Sessions pruned from the bridge',
        unit: '{session}',
        tags: ['reason'],
      }),
      lastValue('snakepit.bridge.sessions.remaining', {
        measurement: 'remaining_sessions',
        description: 'Sessions left after pruning',
        unit: '{session}',
      }),
    ],
  }),
  'snakepit.bridge.session.accumulation_warning': defineEvent({
    description: 'Session count near or at quota',
    origin: 'elixir',
    measurements: {
      current_sessions: integer('{session}'),
      max_sessions: integer('{session}'),
      utilization: float('1', 'ratio, guide says percentage'),
      system_time: integer('epoch_ns'),
    },
    metadata: {
      reason: enumOf('threshold_warning', 'quota_exceeded'),
      table_name: text(),
      strict_mode: boolean(),
    },
    metrics: [
      counter('snakepit.bridge.session.accumulation_warnings.total', {
        description: 'Warnings that sessions pile up',
        unit: '{warning}',
        tags: ['reason'],
      }),
      lastValue('snakepit.bridge.session.utilization', {
        measurement: 'utilization',
        description: 'Share of the session quota in use',
        unit: '1',
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.session.created': defineEvent({
    description: 'Session created',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), session_id: text(), pool_name: text() },
    metrics: [
      counter('snakepit.session.created.total', {
        description: 'Sessions created',
        unit: '{session}',
        tags: [{ key: 'pool_name', as: 'pool' }],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.session.destroyed': defineEvent({
    description: 'Session destroyed',
    origin: 'declared',
    measurements: { lifetime: integer('ns'), command_count: integer('{command}') },
    metadata: {
      node: text(),
      session_id: text(),
      pool_name: text(),
      reason: enumOf('explicit', 'timeout', 'worker_died'),
    },
    metrics: [
      counter('snakepit.session.destroyed.total', {
        description: 'Sessions destroyed',
        unit: '{session}',
        tags: [{ key: 'pool_name', as: 'pool' }, 'reason'],
      }),
      distribution('snakepit.session.lifetime', {
        measurement: 'lifetime',
        description: 'Lifetime of sessions',
        unit: 's',
        tags: [{ key: 'pool_name', as: 'pool' }],
        boundaries: BOUNDARIES.lifetime,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.session.affinity.assigned': defineEvent({
    description: 'Session bound to a worker',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), session_id: text(), worker_id: worker(), pool_name: text() },
    trace: spanEvent,
  }),
  'snakepit.session.affinity.broken': defineEvent({
    description: 'Session lost its worker',
    origin: 'declared',
    measurements: { affinity_duration: integer('ns'), commands_with_affinity: integer('{command}') },
    metadata: {
      node: text(),
      session_id: text(),
      worker_id: worker(),
      reason: enumOf('worker_died', 'reassigned'),
    },
    metrics: [
      counter('snakepit.session.affinity.broken.total', {
        description: 'Sessions that lost their worker',
        unit: '{session}',
        tags: ['reason'],
      }),
    ],
    trace: spanEvent,
  }),
};
