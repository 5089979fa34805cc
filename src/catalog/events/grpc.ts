import {
  callSpanStart,
  clientSpanStart,
  defineEvent,
  spanEvent,
  spanException,
  spanStop,
} from '../event-definition.js';
import {
  boolean,
  enumOf,
  error,
  integer,
  list,
  number,
  optional,
  sensitive,
  text,
  unknown,
  worker,
} from '../field.js';
import { BOUNDARIES, counter, distribution, sum } from '../metric-spec.js';

/** Metadata of every worker RPC. */
const workerRpc = {
  worker_id: worker(),
  worker_pid: text(),
  command: text(),
  adapter: text(),
  adapter_module: text(),
  pool: text(),
  session_id: text(),
  correlation_id: text(),
  timeout_ms: unknown(),
  span_kind: enumOf('client'),
  rpc_system: enumOf('grpc'),
  telemetry_source: enumOf('snakepit_grpc_worker'),
  telemetry_span_context: text('added by telemetry library'),
};

// `execute` and `execute_session` have the same events.

const rpcStart = (operation: string) =>
  defineEvent({
    description: 'Worker RPC began',
    origin: 'elixir',
    measurements: {
      monotonic_time: integer('ns', 'monotonic clock, may be negative'),
      system_time: integer('epoch_ns'),
    },
    metadata: { ...workerRpc, operation: enumOf(operation) },
    trace: callSpanStart(`snakepit.grpc_worker.${operation}`),
  });

const rpcStop = (operation: string) =>
  defineEvent({
    description: 'Worker RPC returned, maybe an error',
    origin: 'elixir',
    measurements: {
      duration: integer('ns'),
      monotonic_time: integer('ns', 'monotonic clock, may be negative'),
      duration_ms: integer('ms'),
      executions: integer('{execution}'),
      errors: optional(integer('{error}')),
    },
    metadata: {
      ...workerRpc,
      operation: enumOf(operation),
      status: enumOf('ok', 'error'),
      error: sensitive(unknown()),
      error_kind: error(unknown()),
    },
    metrics: [
      sum('snakepit.grpc.worker.executions', {
        measurement: 'executions',
        description: 'Worker RPCs',
        unit: '{execution}',
        tags: ['worker_id', 'command'],
      }),
      sum('snakepit.grpc.worker.errors', {
        measurement: 'errors',
        description: 'Worker RPCs that returned an error',
        unit: '{error}',
        // The error itself may be any text; its kind is a word.
        tags: ['worker_id', 'command', { key: 'error_kind', as: 'error' }],
      }),
      distribution('snakepit.grpc.worker.duration', {
        measurement: 'duration_ms',
        description: 'Duration of worker RPCs',
        unit: 's',
        tags: ['worker_id', 'command'],
        boundaries: BOUNDARIES.call,
      }),
    ],
    pythonError: { text: 'error' },
    trace: spanStop(`snakepit.grpc_worker.${operation}`),
  });

const rpcException = (operation: string) =>
  defineEvent({
    description: 'Worker RPC raised',
    origin: 'elixir',
    measurements: {
      duration: integer('ns'),
      monotonic_time: integer('ns', 'monotonic clock, may be negative'),
    },
    metadata: {
      ...workerRpc,
      operation: enumOf(operation),
      kind: enumOf('error', 'exit', 'throw'),
      reason: error(unknown()),
      stacktrace: sensitive(list()),
    },
    metrics: [
      counter('snakepit.grpc.worker.exceptions.total', {
        description: 'Worker RPCs that raised',
        unit: '{exception}',
        tags: ['worker_id', 'command'],
      }),
    ],
    trace: spanException(`snakepit.grpc_worker.${operation}`),
    log: { level: 'error' },
  });

export const grpcEvents = {
  'snakepit.grpc.call.start': defineEvent({
    description: 'gRPC call began',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), worker_id: worker(), rpc_method: text(), correlation_id: text() },
    trace: clientSpanStart('snakepit.grpc.call'),
  }),
  'snakepit.grpc.call.stop': defineEvent({
    description: 'gRPC call finished',
    origin: 'declared',
    measurements: { duration: integer('ns'), network_time: optional(integer('ns')) },
    metadata: {
      node: text(),
      worker_id: worker(),
      rpc_method: text(),
      correlation_id: text(),
      grpc_status: text(),
    },
    metrics: [
      distribution('snakepit.grpc.call.duration', {
        measurement: 'duration',
        description: 'Duration of gRPC calls',
        unit: 's',
        tags: ['rpc_method', 'grpc_status'],
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanStop('snakepit.grpc.call'),
  }),
  'snakepit.grpc.call.exception': defineEvent({
    description: 'gRPC call failed',
    origin: 'declared',
    measurements: { duration: integer('ns') },
    metadata: {
      node: text(),
      worker_id: worker(),
      rpc_method: text(),
      correlation_id: text(),
      grpc_status: text(),
      error_message: sensitive(text()),
    },
    metrics: [
      counter('snakepit.grpc.call.exceptions.total', {
        description: 'gRPC calls that failed',
        unit: '{call}',
        tags: ['rpc_method', 'grpc_status'],
      }),
    ],
    trace: spanException('snakepit.grpc.call'),
    log: { level: 'error' },
  }),
  'snakepit.grpc.stream.opened': defineEvent({
    description: 'gRPC stream opened',
    origin: 'declared',
    measurements: { system_time: integer('epoch_ns') },
    metadata: { node: text(), worker_id: worker(), stream_id: text(), correlation_id: text() },
    trace: spanEvent,
  }),
  'snakepit.grpc.stream.message': defineEvent({
    description: 'gRPC stream message',
    origin: 'declared',
    measurements: { message_size: integer('By'), sequence_number: integer('{message}') },
    metadata: {
      node: text(),
      worker_id: worker(),
      stream_id: text(),
      direction: enumOf('request', 'response'),
      is_final: boolean(),
    },
    metrics: [
      distribution('snakepit.grpc.stream.message_size', {
        measurement: 'message_size',
        description: 'Size of stream messages',
        unit: 'By',
        tags: ['direction'],
        boundaries: BOUNDARIES.bytes,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.grpc.stream.closed': defineEvent({
    description: 'gRPC stream closed',
    origin: 'declared',
    measurements: { duration: integer('ns'), message_count: integer('{message}') },
    metadata: {
      node: text(),
      worker_id: worker(),
      stream_id: text(),
      reason: enumOf('completed', 'error', 'cancelled'),
    },
    metrics: [
      distribution('snakepit.grpc.stream.duration', {
        measurement: 'duration',
        description: 'Duration of gRPC streams',
        unit: 's',
        tags: ['reason'],
        boundaries: BOUNDARIES.lifetime,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.grpc.connection.established': defineEvent({
    description: 'gRPC channel connected',
    origin: 'declared',
    measurements: { duration: integer('ns'), system_time: integer('epoch_ns') },
    metadata: { node: text(), worker_id: worker(), python_port: number(), retry_count: number() },
    trace: spanEvent,
  }),
  'snakepit.grpc.connection.lost': defineEvent({
    description: 'gRPC channel lost',
    origin: 'declared',
    measurements: { uptime: integer('ns'), call_count: integer('{call}') },
    metadata: { node: text(), worker_id: worker(), reason: error(text()) },
    metrics: [
      counter('snakepit.grpc.connections.lost.total', {
        description: 'gRPC channels lost',
        unit: '{connection}',
        tags: ['reason'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.grpc.connection.reconnected': defineEvent({
    description: 'gRPC channel reconnected',
    origin: 'declared',
    measurements: { downtime: integer('ns'), retry_count: integer('{retry}') },
    metadata: { node: text(), worker_id: worker() },
    metrics: [
      counter('snakepit.grpc.connections.reconnected.total', {
        description: 'gRPC channels reconnected',
        unit: '{connection}',
      }),
      distribution('snakepit.grpc.connection.downtime', {
        measurement: 'downtime',
        description: 'Time until a gRPC channel was back',
        unit: 's',
        boundaries: BOUNDARIES.startup,
      }),
    ],
    trace: spanEvent,
    log: { level: 'info' },
  }),
  'snakepit.grpc_worker.execute.start': rpcStart('execute'),
  'snakepit.grpc_worker.execute.stop': rpcStop('execute'),
  'snakepit.grpc_worker.execute.exception': rpcException('execute'),
  'snakepit.grpc_worker.execute_session.start': rpcStart('execute_session'),
  'snakepit.grpc_worker.execute_session.stop': rpcStop('execute_session'),
  'snakepit.grpc_worker.execute_session.exception': rpcException('execute_session'),
};
