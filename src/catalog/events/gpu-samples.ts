import {
  ATTR_HW_GPU_TASK,
  HW_GPU_TASK_VALUE_DECODER,
  HW_GPU_TASK_VALUE_ENCODER,
  HW_GPU_TASK_VALUE_GENERAL,
  METRIC_HW_ENERGY,
  METRIC_HW_FAN_SPEED_RATIO,
  METRIC_HW_GPU_MEMORY_LIMIT,
  METRIC_HW_GPU_MEMORY_USAGE,
  METRIC_HW_GPU_MEMORY_UTILIZATION,
  METRIC_HW_GPU_UTILIZATION,
  METRIC_HW_POWER,
  METRIC_HW_TEMPERATURE,
} from '../../semconv.js';
import { defineEvent, inLogGroup } from '../event-definition.js';
import { device, float, integer, number, optional } from '../field.js';
import { percent } from '../format.js';
import { GPU_TOTAL_TAGS, gpuIdentityFields } from '../gpu-identity.js';
import { withPods } from '../gpu-pods.js';
import {
  componentLastValue,
  componentTotal,
  gpuInfo,
  gpuLastValue,
  sensorLastValue,
} from '../hardware-conventions.js';
import { lastValue, observableCounter } from '../metric-spec.js';
import { gpuActivityEvents } from './gpu-activity.js';
import { gpuHealthEvents } from './gpu-health.js';
import { gpuLinkEvents } from './gpu-links.js';
import { gpuProcessEvents } from './gpu-processes.js';

const CLOCKS = ['graphics', 'sm', 'memory', 'video'] as const;

/** The readings of GPUs: each event carries those of one sample. */
export const gpuSampleEvents = withPods(
  inLogGroup('ml', {
    'snakepit.gpu.memory.sampled': defineEvent({
      description: 'GPU memory reading',
      origin: 'elixir',
      measurements: {
        used_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
        total_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
        free_mb: integer('MiBy', 'key says mb; nvidia-smi reports MiB'),
        reserved_mb: optional(integer('MiBy', 'reserved by the driver')),
        unified: optional(integer('1', '1 if the memory is the machine’s, which the processor uses as well')),
      },
      metadata: { device: device(), utilization: number('used/total memory fraction'), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        gpuInfo(),
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
          description: 'GPU memory reserved by the driver',
          unit: 'MiBy',
          tags: ['device'],
        }),
        lastValue('snakepit.gpu.memory.unified', {
          measurement: 'unified',
          description: '1 if the GPU memory is the machine’s, which the processor uses as well',
          tags: ['device'],
        }),
      ],
      hardwareMetrics: [
        gpuLastValue(METRIC_HW_GPU_MEMORY_USAGE, {
          measurement: 'used_mb',
          description: 'GPU memory used',
          unit: 'By',
          instrument: 'updowncounter',
          replaces: 'snakepit.gpu.memory.used_mb',
        }),
        gpuLastValue(METRIC_HW_GPU_MEMORY_LIMIT, {
          measurement: 'total_mb',
          description: 'Size of the GPU memory',
          unit: 'By',
          instrument: 'updowncounter',
          replaces: 'snakepit.gpu.memory.total_mb',
        }),
        gpuLastValue(METRIC_HW_GPU_MEMORY_UTILIZATION, {
          measurement: ({ measurements: { used_mb: used, total_mb: size } }) =>
            typeof used === 'number' && typeof size === 'number' && size > 0 ? used / size : undefined,
          description: 'Fraction of GPU memory used',
        }),
      ],
      log: {
        message: (m, t) =>
          `GPU memory: ${m.used_mb ?? '?'}/${m.total_mb ?? '?'}MB (${percent(m.used_mb, m.total_mb)}%) device=${t.device}`,
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
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        gpuInfo(),
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
      hardwareMetrics: (
        [
          [HW_GPU_TASK_VALUE_GENERAL, 'gpu_percent', 'snakepit.gpu.utilization.percent'],
          [HW_GPU_TASK_VALUE_ENCODER, 'encoder_percent', 'snakepit.gpu.encoder.percent'],
          [HW_GPU_TASK_VALUE_DECODER, 'decoder_percent', 'snakepit.gpu.decoder.percent'],
        ] as const
      ).map(([task, measurement, replaces]) =>
        gpuLastValue(METRIC_HW_GPU_UTILIZATION, {
          measurement,
          description: 'Fraction of time in which the GPU was busy',
          replaces,
          attributes: { [ATTR_HW_GPU_TASK]: task },
        }),
      ),
    }),
    'snakepit.gpu.temperature.sampled': defineEvent({
      description: 'GPU temperature reading, when above zero',
      origin: 'elixir',
      measurements: { celsius: optional(float('Cel')), memory_celsius: optional(float('Cel')) },
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        lastValue('snakepit.gpu.temperature.celsius', {
          measurement: 'celsius',
          description: 'GPU temperature',
          unit: 'Cel',
          tags: ['device'],
        }),
        lastValue('snakepit.gpu.memory.temperature.celsius', {
          measurement: 'memory_celsius',
          description: 'Temperature of the GPU memory',
          unit: 'Cel',
          tags: ['device'],
        }),
      ],
      hardwareMetrics: (
        [
          ['gpu', 'celsius', 'snakepit.gpu.temperature.celsius'],
          ['memory', 'memory_celsius', 'snakepit.gpu.memory.temperature.celsius'],
        ] as const
      ).map(([location, measurement, replaces]) =>
        sensorLastValue(METRIC_HW_TEMPERATURE, location, {
          measurement,
          description: 'Temperature of the GPU and of its memory',
          unit: 'Cel',
          replaces,
        }),
      ),
    }),
    'snakepit.gpu.power.sampled': defineEvent({
      description: 'GPU power reading, when above zero',
      origin: 'elixir',
      measurements: { watts: optional(float('W')), limit_watts: optional(float('W')) },
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        lastValue('snakepit.gpu.power.watts', {
          measurement: 'watts',
          description: 'GPU power draw',
          unit: 'W',
          tags: ['device'],
        }),
        lastValue('snakepit.gpu.power.limit_watts', {
          measurement: 'limit_watts',
          description: 'Enforced power limit',
          unit: 'W',
          tags: ['device'],
        }),
      ],
      hardwareMetrics: [
        componentLastValue(METRIC_HW_POWER, {
          measurement: 'watts',
          description: 'Power drawn by the GPU',
          unit: 'W',
          replaces: 'snakepit.gpu.power.watts',
        }),
      ],
    }),
    'snakepit.gpu.energy.sampled': defineEvent({
      description: 'GPU energy counter reading',
      origin: 'package',
      measurements: { joules: float('J', 'since the driver was loaded') },
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        observableCounter('snakepit.gpu.energy.joules.total', {
          measurement: 'joules',
          description: 'Energy used by the GPU since its driver was loaded',
          unit: 'J',
          tags: GPU_TOTAL_TAGS,
        }),
      ],
      hardwareMetrics: [
        componentTotal(METRIC_HW_ENERGY, {
          measurement: 'joules',
          description: 'Energy used by the GPU',
          unit: 'J',
          replaces: 'snakepit.gpu.energy.joules.total',
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
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: CLOCKS.map((clock) =>
        lastValue('snakepit.gpu.clock.mhz', {
          measurement: `${clock}_mhz`,
          description: 'Clock frequency of a GPU domain',
          unit: 'MHz',
          tags: ['device'],
          attributes: { clock },
        }),
      ),
    }),
    'snakepit.gpu.fan.sampled': defineEvent({
      description: 'GPU fan reading',
      origin: 'package',
      measurements: { percent: float('%', 'intended speed, share of the maximum') },
      metadata: { device: device(), ...gpuIdentityFields },
      sampled: true,
      metrics: [
        lastValue('snakepit.gpu.fan.percent', {
          measurement: 'percent',
          description: 'Intended fan speed, share of the maximum',
          unit: '%',
          tags: ['device'],
        }),
      ],
      hardwareMetrics: [
        sensorLastValue(METRIC_HW_FAN_SPEED_RATIO, 'gpu', {
          measurement: 'percent',
          description: 'Intended fan speed, fraction of the maximum',
          replaces: 'snakepit.gpu.fan.percent',
        }),
      ],
    }),
    ...gpuActivityEvents,
    ...gpuHealthEvents,
    ...gpuLinkEvents,
    ...gpuProcessEvents,
  }),
);
