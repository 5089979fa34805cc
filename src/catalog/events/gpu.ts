import { defineEvent, spanEvent } from '../event-definition.js';
import { device, enumOf, float, integer, number, type OptionalField, optional, text } from '../field.js';
import { percent } from '../format.js';
import { counter, lastValue, observableCounter } from '../metric-spec.js';
import { THROTTLE_REASONS, type ThrottleReason } from '../throttle-reasons.js';

/** What identifies a device on every GPU event, beside the string `device`. */
const gpuIdentity = {
  uuid: text('stable identity of the device'),
  name: text(),
  vendor: enumOf('nvidia', 'amd', 'intel', 'apple'),
  pci_address: text(),
  parent_uuid: text('of a MIG slice: the GPU that it is cut from'),
  driver_version: text(),
  index: number('position in the driver’s list'),
  interval_ms: number('sampling interval; a series is reported for three of these'),
};

const CLOCKS = ['graphics', 'sm', 'memory', 'video'] as const;
const throttled = Object.fromEntries(
  THROTTLE_REASONS.map((reason) => [reason, optional(integer('1', '1 while it holds clocks down'))]),
) as Record<ThrottleReason, OptionalField<number>>;

export const gpuEvents = {
  'snakepit.gpu.memory.sampled': defineEvent({
    description: 'GPU memory reading',
    origin: 'elixir',
    measurements: {
      used_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
      total_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
      free_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
      reserved_mb: optional(integer('MiBy', 'what the driver keeps for itself')),
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
      lastValue('snakepit.gpu.memory.reserved_mb', {
        measurement: 'reserved_mb',
        description: 'GPU memory that the driver keeps for itself',
        unit: 'MiBy',
        tags: ['device'],
      }),
    ],
    log: {
      message: (m, t) =>
        `GPU memory: ${m.used_mb}/${m.total_mb}MB (${percent(m.used_mb, m.total_mb)}%) device=${t.device}`,
    },
  }),
  'snakepit.gpu.utilization.sampled': defineEvent({
    description: 'GPU utilization reading',
    origin: 'elixir',
    measurements: {
      gpu_percent: optional(float('%')),
      memory_percent: optional(float('%', 'used/total memory, not controller load')),
      memory_controller_percent: optional(
        float('%', 'share of the last period in which memory was read or written'),
      ),
      encoder_percent: optional(float('%')),
      decoder_percent: optional(float('%')),
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
      lastValue('snakepit.gpu.encoder.percent', {
        measurement: 'encoder_percent',
        description: 'Time in which the video encoder was busy',
        unit: '%',
        tags: ['device'],
      }),
      lastValue('snakepit.gpu.decoder.percent', {
        measurement: 'decoder_percent',
        description: 'Time in which the video decoder was busy',
        unit: '%',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.temperature.sampled': defineEvent({
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
  'snakepit.gpu.power.sampled': defineEvent({
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
  'snakepit.gpu.energy.sampled': defineEvent({
    description: 'GPU energy counter reading',
    origin: 'package',
    measurements: { joules: float('J', 'since the driver was loaded') },
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      observableCounter('snakepit.gpu.energy.joules.total', {
        measurement: 'joules',
        description: 'Energy that the GPU has used since its driver was loaded',
        unit: 'J',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.clocks.sampled': defineEvent({
    description: 'GPU clock readings',
    origin: 'package',
    measurements: {
      graphics_mhz: optional(float('MHz')),
      sm_mhz: optional(float('MHz')),
      memory_mhz: optional(float('MHz')),
      video_mhz: optional(float('MHz')),
    },
    metadata: { device: device(), ...gpuIdentity },
    metrics: CLOCKS.map((clock) =>
      lastValue('snakepit.gpu.clock.mhz', {
        measurement: `${clock}_mhz`,
        description: 'Clock speed of a part of the GPU',
        unit: 'MHz',
        tags: ['device'],
        attributes: { clock },
      }),
    ),
  }),
  'snakepit.gpu.throttle.sampled': defineEvent({
    description: 'What held GPU clocks down at the time of the sample',
    origin: 'package',
    measurements: throttled,
    metadata: { device: device(), ...gpuIdentity },
    metrics: THROTTLE_REASONS.map((reason) =>
      lastValue('snakepit.gpu.throttled', {
        measurement: reason,
        description: 'Whether GPU clocks are held down, by reason: 1 if so',
        tags: ['device'],
        attributes: { reason },
      }),
    ),
  }),
  'snakepit.gpu.fan.sampled': defineEvent({
    description: 'GPU fan reading',
    origin: 'package',
    measurements: { percent: float('%', 'intended speed, of the maximum') },
    metadata: { device: device(), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.fan.percent', {
        measurement: 'percent',
        description: 'Intended speed of the fan, of its maximum',
        unit: '%',
        tags: ['device'],
      }),
    ],
  }),
  'snakepit.gpu.pcie.sampled': defineEvent({
    description: 'GPU PCIe throughput reading',
    origin: 'package',
    measurements: {
      transmit_bytes_per_second: optional(float('By/s')),
      receive_bytes_per_second: optional(float('By/s')),
    },
    metadata: { device: device(), ...gpuIdentity },
    metrics: (['transmit', 'receive'] as const).map((direction) =>
      lastValue('snakepit.gpu.pcie.bytes_per_second', {
        measurement: `${direction}_bytes_per_second`,
        description: 'Data that the GPU sends and receives over PCIe',
        unit: 'By/s',
        tags: ['device'],
        attributes: { direction },
      }),
    ),
  }),
  'snakepit.gpu.ecc.sampled': defineEvent({
    description: 'GPU memory error counters',
    origin: 'package',
    measurements: {
      corrected: optional(integer('{error}', 'since the driver was loaded')),
      uncorrected: optional(integer('{error}', 'since the driver was loaded')),
    },
    metadata: { device: device(), ...gpuIdentity },
    metrics: (['corrected', 'uncorrected'] as const).map((type) =>
      observableCounter('snakepit.gpu.ecc_errors.total', {
        measurement: type,
        description: 'Memory errors of the GPU since its driver was loaded',
        unit: '{error}',
        tags: ['device'],
        attributes: { type },
      }),
    ),
  }),
  'snakepit.gpu.xid.raised': defineEvent({
    description: 'The driver reported a critical error of a GPU (NVIDIA Xid)',
    origin: 'package',
    measurements: {},
    metadata: { device: device(), xid: number('code, as in NVIDIA’s list of Xid errors'), ...gpuIdentity },
    metrics: [
      counter('snakepit.gpu.xid_errors.total', {
        description: 'Critical GPU errors that the driver reported, by Xid',
        unit: '{error}',
        tags: ['device', 'xid'],
      }),
    ],
    trace: spanEvent,
    log: { level: 'error', message: (_m, t) => `GPU error: Xid ${t.xid} device=${t.device}` },
  }),
  'snakepit.gpu.process.sampled': defineEvent({
    description: 'Memory that a process holds on a GPU',
    origin: 'package',
    measurements: { used_mb: integer('MiBy') },
    metadata: { device: device(), pid: number(), process: text('name of the program'), ...gpuIdentity },
    metrics: [
      lastValue('snakepit.gpu.process.memory.used_mb', {
        measurement: 'used_mb',
        description: 'GPU memory that a process holds',
        unit: 'MiBy',
        tags: ['device', 'pid', 'process'],
        maxSeries: 256,
      }),
    ],
  }),
  'snakepit.gpu.sample.failed': defineEvent({
    description: 'A GPU source could not be read, or a device of it could not',
    origin: 'package',
    measurements: { count: integer('{failure}') },
    metadata: {
      source: text(),
      reason: enumOf('not_found', 'timeout', 'failed', 'unreadable'),
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
  'snakepit.gpu.device.lost': defineEvent({
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
    trace: spanEvent,
    log: { level: 'error', message: (_m, t) => `GPU lost: device=${t.device}` },
  }),
  'snakepit.gpu.device.found': defineEvent({
    description: 'A GPU was seen for the first time, or came back',
    origin: 'package',
    measurements: {},
    metadata: {
      device: device(),
      cuda_version: text('the newest that the driver supports'),
      ...gpuIdentity,
    },
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
