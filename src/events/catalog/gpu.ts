import { counter, lastValue } from '../../metrics/definition.js';
import { device, float, integer, number, optional, text, word } from '../field.js';
import { percent } from '../format.js';
import { annotation, row } from '../row.js';

/** What identifies a device on every GPU event, beside the string `device`. */
const gpuIdentity = {
  uuid: text('stable identity of the device'),
  name: text(),
  vendor: word('nvidia', 'amd', 'intel', 'apple'),
  pci_address: text(),
  index: number('position in the driver’s list'),
  interval_ms: number('sampling interval; a series is reported for three of these'),
};

export const gpuEvents = {
  'snakepit.gpu.memory.sampled': row({
    description: 'GPU memory reading',
    origin: 'elixir',
    measurements: {
      used_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
      total_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
      free_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
    },
    metadata: { device: device(), utilization: number('used/total memory fraction'), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.memory.used_mb', {
        measurement: 'used_mb',
        description: 'GPU memory in use',
        unit: 'MiBy',
        tags: ['device'],
      }),
      lastValue('snakepit.gpu.memory.total_mb', {
        measurement: 'total_mb',
        description: 'GPU memory installed',
        unit: 'MiBy',
        tags: ['device'],
      }),
      lastValue('snakepit.gpu.memory.free_mb', {
        measurement: 'free_mb',
        description: 'GPU memory free',
        unit: 'MiBy',
        tags: ['device'],
      }),
    ],
    log: {
      message: (m, t) =>
        `GPU memory: ${m.used_mb}/${m.total_mb}MB (${percent(m.used_mb, m.total_mb)}%) device=${t.device}`,
    },
  }),
  'snakepit.gpu.utilization.sampled': row({
    description: 'GPU utilization reading',
    origin: 'elixir',
    measurements: {
      gpu_percent: optional(float('%')),
      memory_percent: optional(float('%', 'used/total memory, not controller load')),
      memory_controller_percent: optional(
        float('%', 'share of the last period in which memory was read or written'),
      ),
    },
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.utilization.percent', {
        measurement: 'gpu_percent',
        description: 'Time in which the GPU was busy',
        unit: '%',
        tags: ['device'],
      }),
      lastValue('snakepit.gpu.memory_controller.percent', {
        measurement: 'memory_controller_percent',
        description: 'Time in which GPU memory was being read or written',
        unit: '%',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.temperature.sampled': row({
    description: 'GPU temperature reading, when above zero',
    origin: 'elixir',
    measurements: { celsius: float('Cel') },
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.temperature.celsius', {
        measurement: 'celsius',
        description: 'GPU temperature',
        unit: 'Cel',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.power.sampled': row({
    description: 'GPU power reading, when above zero',
    origin: 'elixir',
    measurements: { watts: float('W'), limit_watts: optional(float('W')) },
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.power.watts', {
        measurement: 'watts',
        description: 'GPU power draw',
        unit: 'W',
        tags: ['device'],
      }),
      lastValue('snakepit.gpu.power.limit_watts', {
        measurement: 'limit_watts',
        description: 'Power limit that the GPU enforces',
        unit: 'W',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.sample.failed': row({
    description: 'A GPU source could not be read, or a device of it could not',
    origin: 'package',
    measurements: { count: integer('{failure}') },
    metadata: {
      source: text(),
      reason: word('not_found', 'timeout', 'failed', 'unreadable'),
      device: device(),
    },
    metrics: [
      counter('snakepit.gpu.sample_failures.total', {
        description: 'GPU readings that failed',
        unit: '{failure}',
        tags: ['source', 'reason'],
      }),
    ],
    log: { level: 'warn' },
  }),
  'snakepit.gpu.device.lost': row({
    description: 'A GPU that was there is no longer reported by its driver',
    origin: 'package',
    measurements: {},
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      counter('snakepit.gpu.devices.lost.total', {
        description: 'GPUs that disappeared',
        unit: '{device}',
        tags: ['device'],
      }),
    ],
    trace: annotation,
    log: { level: 'error', message: (_m, t) => `GPU lost: device=${t.device}` },
  }),
  'snakepit.gpu.device.found': row({
    description: 'A GPU was seen for the first time, or came back',
    origin: 'package',
    measurements: {},
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      counter('snakepit.gpu.devices.found.total', {
        description: 'GPUs that appeared',
        unit: '{device}',
        tags: ['device'],
      }),
    ],
    log: {
      level: 'info',
      message: (_m, t) => `GPU found: device=${t.device}${t.name ? ` name=${t.name}` : ''}`,
    },
  }),
};
