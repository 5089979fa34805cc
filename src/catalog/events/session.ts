import { annotation, row } from '../event-definition.js';
import { anything, flag, float, integer, text, word } from '../field.js';
import { BOUNDARIES, counter, distribution, lastValue, sum } from '../metric-spec.js';

export const sessionEvents = {
  'snakepit.session_store.session.created': row({
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
    trace: annotation,
  }),
  'snakepit.session_store.session.accessed': row({
    description: 'Session read',
    origin: 'declared',
    measurements: {},
    metadata: { session_id: text() },
    trace: annotation,
  }),
  'snakepit.session_store.session.deleted': row({
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
    trace: annotation,
  }),
  'snakepit.session_store.session.expired': row({
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
    trace: annotation,
  }),
  'snakepit.session_store.program.stored': row({
    description: 'Program stored',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: annotation,
  }),
  'snakepit.session_store.program.retrieved': row({
    description: 'Program read',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: annotation,
  }),
  'snakepit.session_store.program.deleted': row({
    description: 'Program removed',
    origin: 'declared',
    measurements: {},
    metadata: { program_id: text(), session_id: text() },
    trace: annotation,
  }),
  'snakepit.bridge.session.pruned': row({
    description: 'Expired sessions cleaned up',
    origin: 'elixir',
    measurements: {
      count: integer('{session}'),
      remaining_sessions: integer('{session}'),
      system_time: integer('epoch_ns'),
    },
    metadata: { reason: word('ttl'), table_name: text(), max_sessions: anything('or infinity') },
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
  'snakepit.bridge.session.accumulation_warning': row({
    description: 'Session count near or at quota',
    origin: 'elixir',
    measurements: {
      current_sessions: integer('{session}'),
      max_sessions: integer('{session}'),
      utilization: float('1', 'ratio, guide says percentage'),
      system_time: integer('epoch_ns'),
    },
    metadata: {
      reason: word('threshold_warning', 'quota_exceeded'),
      table_name: text(),
      strict_mode: flag(),
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
    trace: annotation,
    log: { level: 'warn' },
  }),
  'snakepit.session.created': row({
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
    trace: annotation,
  }),
  'snakepit.session.destroyed': row({
    description: 'Session destroyed',
    origin: 'declared',
    measurements: { lifetime: integer('ns'), command_count: integer('{command}') },
    metadata: {
      node: text(),
      session_id: text(),
      pool_name: text(),
      reason: word('explicit', 'timeout', 'worker_died'),
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
    trace: annotation,
  }),
  'snakepit.session.affinity.assigned': row({
    description: 'Session bound to a worker',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), session_id: text(), worker_id: text(), pool_name: text() },
    trace: annotation,
  }),
  'snakepit.session.affinity.broken': row({
    description: 'Session lost its worker',
    origin: 'declared',
    measurements: { affinity_duration: integer('ns'), commands_with_affinity: integer('{command}') },
    metadata: {
      node: text(),
      session_id: text(),
      worker_id: text(),
      reason: word('worker_died', 'reassigned'),
    },
    metrics: [
      counter('snakepit.session.affinity.broken.total', {
        description: 'Sessions that lost their worker',
        unit: '{session}',
        tags: ['reason'],
      }),
    ],
    trace: annotation,
  }),
};
