import { ERROR_CATEGORIES } from '../error-categories.js';
import { defineEvent, inLogGroup, spanEvent } from '../event-definition.js';
import { device, enumOf, error, integer, list, number, optional, sensitive, text } from '../field.js';
import { inMebibytes, shape } from '../format.js';
import { counter } from '../metric-spec.js';

export const errorEvents = inLogGroup('ml', {
  'snakepit.error.shape_mismatch': defineEvent({
    description: 'Tensor shapes disagree',
    origin: 'elixir',
    measurements: {},
    metadata: { expected: list(), got: list(), dimension: number(), operation: text() },
    isError: true,
    metrics: [
      counter('snakepit.errors.shape_mismatch.total', {
        description: 'Tensor shape mismatches',
        unit: '{error}',
        tags: ['operation'],
      }),
    ],
    trace: spanEvent,
    log: {
      level: 'warn',
      message: (_m, t) =>
        `Shape mismatch in ${t.operation}: expected ${shape(t.expected)}, got ${shape(t.got)}`,
    },
  }),
  'snakepit.error.device': defineEvent({
    description: 'Device mismatch or device unavailable',
    origin: 'elixir',
    measurements: {},
    metadata: {
      expected_device: device(
        'device of a tensor or an argument; an accelerator that cannot be used is a `snakepit.error.python_exception` of the category `accelerator_unavailable`',
      ),
      actual_device: device(),
      operation: text(),
    },
    isError: true,
    metrics: [counter('snakepit.errors.device.total', { description: 'Device mismatches', unit: '{error}' })],
    trace: spanEvent,
    log: {
      level: 'warn',
      message: (_m, t) =>
        t.expected_device || t.actual_device
          ? `Device mismatch: expected ${t.expected_device}, got ${t.actual_device}`
          : undefined,
    },
  }),
  'snakepit.error.oom': defineEvent({
    description: 'Device memory allocation failed',
    origin: 'elixir',
    measurements: {
      requested_bytes: optional(integer('By')),
      available_bytes: optional(integer('By', 'free on the device')),
      total_bytes: optional(integer('By', 'capacity of the device')),
      allocated_bytes: optional(integer('By', 'allocated by PyTorch in the process')),
      reserved_unused_bytes: optional(integer('By', 'reserved by PyTorch in the process, but not allocated')),
    },
    metadata: {
      device: device(),
      memory: enumOf('device', 'host'),
      operation: text(),
      visible_devices: text('devices that the worker sees, as in CUDA_VISIBLE_DEVICES; `all` if it is unset'),
      device_order: text('order of the worker’s devices, as in CUDA_DEVICE_ORDER'),
    },
    isError: true,
    hasWorkerDevices: true,
    metrics: [
      counter('snakepit.errors.oom.total', {
        description: 'Memory allocations that failed',
        unit: '{error}',
        tags: ['device', 'memory'],
      }),
    ],
    trace: spanEvent,
    log: {
      level: 'error',
      message: (m, t) =>
        m.requested_bytes === undefined || m.available_bytes === undefined
          ? undefined
          : `OOM on device=${t.device}: requested ${inMebibytes(m.requested_bytes)}MB, available ${inMebibytes(m.available_bytes)}MB`,
    },
  }),
  'snakepit.error.dtype_mismatch': defineEvent({
    description: 'Tensor data types disagree',
    origin: 'declared',
    measurements: {},
    metadata: { expected: text(), got: text() },
    isError: true,
    metrics: [
      counter('snakepit.errors.dtype_mismatch.total', {
        description: 'Tensor data type mismatches',
        unit: '{error}',
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.error.dimension_error': defineEvent({
    description: 'Tensor rank is wrong',
    origin: 'declared',
    measurements: {},
    metadata: { expected_dims: number(), got_dims: number() },
    isError: true,
    metrics: [
      counter('snakepit.errors.dimension_error.total', {
        description: 'Tensors of the wrong rank',
        unit: '{error}',
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.error.python_exception': defineEvent({
    description: 'Unclassified Python exception',
    origin: 'declared',
    measurements: {},
    metadata: {
      type: error(text()),
      category: enumOf(...ERROR_CATEGORIES),
      message: sensitive(text()),
      traceback: sensitive(text()),
    },
    isError: true,
    metrics: [
      counter('snakepit.errors.python_exception.total', {
        description: 'Python exceptions of no other class',
        unit: '{error}',
        tags: ['type', 'category'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
});
