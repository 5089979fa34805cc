import { defineEvent, spanEvent, spanException, spanStart, spanStop } from '../event-definition.js';
import { enumOf, error, float, integer, number, optional, sensitive, text, worker } from '../field.js';
import { BOUNDARIES, counter, distribution, lastValue, sum } from '../metric-spec.js';
import { PYTHON_ERROR } from '../python-error-keys.js';

/** Metadata that Snakepit's relay adds to every event of a Python worker. */
const pythonWorker = {
  node: text(),
  worker_id: worker(),
  pool_name: text(),
  python_pid: number(),
  correlation_id: text(),
  timestamp_ns: number(),
};

export const pythonEvents = {
  'snakepit.python.call.start': defineEvent({
    description: 'Python command began',
    origin: 'python',
    measurements: {
      system_time: integer('epoch_ns'),
      request_size: optional(integer('By')),
      count: optional(integer('{event}', 'catalogued, never sent')),
    },
    metadata: { ...pythonWorker, command: text(), session_id: text() },
    trace: spanStart('snakepit.python.call'),
  }),
  'snakepit.python.call.stop': defineEvent({
    description: 'Python command finished',
    origin: 'python',
    measurements: {
      duration: integer('ns'),
      response_size: optional(integer('By')),
      count: optional(integer('{event}', 'catalogued, never sent')),
    },
    metadata: { ...pythonWorker, command: text(), session_id: text(), result: text() },
    metrics: [
      distribution('snakepit.python.call.duration', {
        measurement: 'duration',
        description: 'Duration of Python commands',
        unit: 's',
        tags: ['command'],
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanStop('snakepit.python.call'),
  }),
  'snakepit.python.call.exception': defineEvent({
    description: 'Python command raised',
    origin: 'python',
    measurements: { duration: integer('ns'), count: optional(integer('{event}', 'catalogued, never sent')) },
    metadata: {
      ...pythonWorker,
      command: text(),
      session_id: text(),
      error_type: error(text()),
      error_message: sensitive(text()),
      error_category: enumOf('timeout', 'python_error', 'worker_error'),
    },
    metrics: [
      counter('snakepit.python.call.exceptions.total', {
        description: 'Python commands that raised',
        unit: '{exception}',
        tags: ['command', 'error_type'],
      }),
    ],
    pythonError: PYTHON_ERROR,
    trace: spanException('snakepit.python.call'),
    log: { level: 'error' },
  }),
  'snakepit.python.tool.execution.start': defineEvent({
    description: 'Python tool began',
    origin: 'python',
    measurements: {
      system_time: integer('epoch_ns'),
      count: optional(integer('{event}', 'catalogued, never sent')),
    },
    metadata: { ...pythonWorker, tool: text(), operation: text() },
    trace: spanStart('snakepit.python.tool.execution'),
  }),
  'snakepit.python.tool.execution.stop': defineEvent({
    description: 'Python tool finished',
    origin: 'python',
    measurements: {
      duration: integer('ns'),
      bytes: optional(integer('By', 'guide example')),
      count: optional(integer('{event}', 'catalogued, never sent')),
    },
    metadata: { ...pythonWorker, tool: text(), operation: text() },
    metrics: [
      distribution('snakepit.python.tool.duration', {
        measurement: 'duration',
        description: 'Duration of Python tools',
        unit: 's',
        tags: ['tool'],
        boundaries: BOUNDARIES.call,
      }),
    ],
    trace: spanStop('snakepit.python.tool.execution'),
  }),
  'snakepit.python.tool.execution.exception': defineEvent({
    description: 'Python tool raised',
    origin: 'python',
    measurements: { duration: integer('ns'), count: optional(integer('{event}', 'catalogued, never sent')) },
    metadata: {
      ...pythonWorker,
      tool: text(),
      operation: text(),
      error_type: error(text()),
      error_message: sensitive(text()),
    },
    metrics: [
      counter('snakepit.python.tool.exceptions.total', {
        description: 'Python tools that raised',
        unit: '{exception}',
        tags: ['tool', 'error_type'],
      }),
    ],
    pythonError: PYTHON_ERROR,
    trace: spanException('snakepit.python.tool.execution'),
    log: { level: 'error' },
  }),
  'snakepit.python.tool.result_size': defineEvent({
    description: 'Size of a tool result',
    origin: 'python',
    measurements: {
      bytes: integer('By', 'key actually sent'),
      message_size: optional(integer('By', 'catalogued, never sent')),
    },
    metadata: { ...pythonWorker, tool: text() },
    metrics: [
      distribution('snakepit.python.tool.result_size', {
        measurement: 'bytes',
        description: 'Size of Python tool results',
        unit: 'By',
        tags: ['tool'],
        boundaries: BOUNDARIES.bytes,
      }),
    ],
  }),
  'snakepit.python.memory.sampled': defineEvent({
    description: 'Python process memory',
    origin: 'python',
    measurements: {
      rss_bytes: integer('By'),
      vms_bytes: integer('By'),
      system_time: optional(integer('epoch_ns')),
    },
    metadata: { ...pythonWorker },
    metrics: [
      lastValue('snakepit.python.memory.rss', {
        measurement: 'rss_bytes',
        description: 'Resident memory of a Python worker',
        unit: 'By',
        tags: ['worker_id'],
      }),
      lastValue('snakepit.python.memory.vms', {
        measurement: 'vms_bytes',
        description: 'Virtual memory of a Python worker',
        unit: 'By',
        tags: ['worker_id'],
      }),
    ],
  }),
  'snakepit.python.cpu.sampled': defineEvent({
    description: 'Python process CPU use',
    origin: 'python',
    measurements: { cpu_percent: float('%'), system_time: optional(integer('epoch_ns')) },
    metadata: { ...pythonWorker },
    metrics: [
      lastValue('snakepit.python.cpu.percent', {
        measurement: 'cpu_percent',
        description: 'CPU use of a Python worker',
        unit: '%',
        tags: ['worker_id'],
      }),
    ],
  }),
  'snakepit.python.gc.completed': defineEvent({
    description: 'Python garbage collection done',
    origin: 'python',
    measurements: {
      count: integer('{collection}'),
      generation: integer('{generation}'),
      collected: optional(integer('{object}')),
      duration: optional(integer('us', 'design catalog says microseconds')),
    },
    metadata: { ...pythonWorker },
    metrics: [
      sum('snakepit.python.gc.collections.total', {
        measurement: 'count',
        description: 'Python garbage collections',
        unit: '{collection}',
        tags: ['worker_id'],
      }),
      distribution('snakepit.python.gc.duration', {
        measurement: 'duration',
        description: 'Duration of Python garbage collections',
        unit: 's',
        boundaries: BOUNDARIES.quick,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.python.error.occurred': defineEvent({
    description: 'Python error reported',
    origin: 'python',
    measurements: { count: integer('{error}'), system_time: optional(integer('epoch_ns')) },
    metadata: {
      ...pythonWorker,
      error_type: error(text()),
      error_message: sensitive(text()),
      traceback: sensitive(text()),
    },
    metrics: [
      sum('snakepit.python.errors.total', {
        measurement: 'count',
        description: 'Errors reported by Python workers',
        unit: '{error}',
        tags: ['error_type'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'error' },
  }),
  'snakepit.python.exception.mapped': defineEvent({
    description: 'Python exception had an Elixir type',
    origin: 'elixir',
    measurements: {},
    metadata: { python_type: text(), library: text(), function: text() },
    metrics: [
      counter('snakepit.python.exceptions.mapped.total', {
        description: 'Python exceptions with an Elixir type',
        unit: '{exception}',
        tags: ['python_type'],
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.python.exception.unmapped': defineEvent({
    description: 'Python exception had no Elixir type',
    origin: 'elixir',
    measurements: {},
    metadata: { python_type: text(), library: text(), function: text() },
    metrics: [
      counter('snakepit.python.exceptions.unmapped.total', {
        description: 'Python exceptions without an Elixir type',
        unit: '{exception}',
        tags: ['python_type'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.serialization.unserializable_marker': defineEvent({
    description: 'First unserializable value of a type',
    origin: 'python',
    measurements: { first_seen: integer('{type}') },
    metadata: { type: text() },
    metrics: [
      sum('snakepit.serialization.unserializable.total', {
        measurement: 'first_seen',
        description: 'Types that could not be serialized',
        unit: '{type}',
        tags: ['type'],
      }),
    ],
    log: { level: 'warn' },
  }),
};
