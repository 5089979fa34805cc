import {
  ATTR_ERROR_TYPE,
  ATTR_HW_DRIVER_VERSION,
  ATTR_HW_GPU_TASK,
  ATTR_HW_ID,
  ATTR_HW_NAME,
  ATTR_HW_PARENT,
  ATTR_HW_TYPE,
  ATTR_HW_VENDOR,
  HW_GPU_TASK_VALUE_DECODER,
  HW_GPU_TASK_VALUE_ENCODER,
  HW_GPU_TASK_VALUE_GENERAL,
  HW_TYPE_VALUE_GPU,
  METRIC_HW_ENERGY,
  METRIC_HW_ERRORS,
  METRIC_HW_GPU_MEMORY_LIMIT,
  METRIC_HW_GPU_MEMORY_USAGE,
  METRIC_HW_GPU_MEMORY_UTILIZATION,
  METRIC_HW_GPU_UTILIZATION,
  METRIC_HW_POWER,
  METRIC_HW_TEMPERATURE,
} from '../semconv.js';
import { lastValue, type MetricDefinition, observableCounter } from './metric-spec.js';

const tags = [
  { key: 'uuid', fallbackKey: 'device', as: ATTR_HW_ID },
  { key: 'name', as: ATTR_HW_NAME },
  { key: 'vendor', as: ATTR_HW_VENDOR },
  { key: 'driver_version', as: ATTR_HW_DRIVER_VERSION },
  { key: 'parent_uuid', as: ATTR_HW_PARENT },
] as const;
const attributes = { [ATTR_HW_TYPE]: HW_TYPE_VALUE_GPU };

const TASKS = [
  {
    task: HW_GPU_TASK_VALUE_GENERAL,
    measurement: 'gpu_percent',
    replaces: 'snakepit.gpu.utilization.percent',
  },
  {
    task: HW_GPU_TASK_VALUE_ENCODER,
    measurement: 'encoder_percent',
    replaces: 'snakepit.gpu.encoder.percent',
  },
  {
    task: HW_GPU_TASK_VALUE_DECODER,
    measurement: 'decoder_percent',
    replaces: 'snakepit.gpu.decoder.percent',
  },
] as const;

/** GPU samples under the names of OTel's hardware conventions, fed by the same events as Snakepit's. */
export const hardwareConventionDefinitions: readonly MetricDefinition[] = [
  {
    event: 'snakepit.gpu.memory.sampled',
    ...lastValue(METRIC_HW_GPU_MEMORY_USAGE, {
      measurement: 'used_mb',
      description: 'GPU memory used',
      unit: 'By',
      instrument: 'updowncounter',
      replaces: 'snakepit.gpu.memory.used_mb',
      tags,
      attributes,
    }),
  },
  {
    event: 'snakepit.gpu.memory.sampled',
    ...lastValue(METRIC_HW_GPU_MEMORY_LIMIT, {
      measurement: 'total_mb',
      description: 'Size of the GPU memory',
      unit: 'By',
      instrument: 'updowncounter',
      replaces: 'snakepit.gpu.memory.total_mb',
      tags,
      attributes,
    }),
  },
  {
    event: 'snakepit.gpu.memory.sampled',
    ...lastValue(METRIC_HW_GPU_MEMORY_UTILIZATION, {
      measurement: ({ measurements: { used_mb: used, total_mb: size } }) =>
        typeof used === 'number' && typeof size === 'number' && size > 0 ? used / size : undefined,
      description: 'Fraction of GPU memory used',
      tags,
      attributes,
    }),
  },
  ...TASKS.map(({ task, measurement, replaces }) => ({
    event: 'snakepit.gpu.utilization.sampled',
    ...lastValue(METRIC_HW_GPU_UTILIZATION, {
      measurement,
      description: 'Fraction of time in which the GPU was busy',
      replaces,
      tags,
      attributes: { ...attributes, [ATTR_HW_GPU_TASK]: task },
    }),
  })),
  {
    event: 'snakepit.gpu.temperature.sampled',
    ...lastValue(METRIC_HW_TEMPERATURE, {
      measurement: 'celsius',
      description: 'Temperature of the GPU',
      unit: 'Cel',
      replaces: 'snakepit.gpu.temperature.celsius',
      tags,
      attributes,
    }),
  },
  {
    event: 'snakepit.gpu.power.sampled',
    ...lastValue(METRIC_HW_POWER, {
      measurement: 'watts',
      description: 'Power drawn by the GPU',
      unit: 'W',
      replaces: 'snakepit.gpu.power.watts',
      tags,
      attributes,
    }),
  },
  {
    event: 'snakepit.gpu.energy.sampled',
    ...observableCounter(METRIC_HW_ENERGY, {
      measurement: 'joules',
      description: 'Energy used by the GPU',
      unit: 'J',
      replaces: 'snakepit.gpu.energy.joules.total',
      tags,
      attributes,
    }),
  },
  ...(['corrected', 'uncorrected'] as const).map((type) => ({
    event: 'snakepit.gpu.ecc.sampled',
    ...observableCounter(METRIC_HW_ERRORS, {
      measurement: type,
      description: 'Memory errors of the GPU',
      unit: '{error}',
      replaces: 'snakepit.gpu.ecc_errors.total',
      tags,
      attributes: { ...attributes, [ATTR_ERROR_TYPE]: type },
    }),
  })),
];
