import {
  ATTR_HW_GPU_TASK,
  ATTR_HW_ID,
  ATTR_HW_NAME,
  ATTR_HW_TYPE,
  ATTR_HW_VENDOR,
  HW_TYPE_VALUE_GPU,
  METRIC_HW_GPU_MEMORY_LIMIT,
  METRIC_HW_GPU_MEMORY_USAGE,
  METRIC_HW_GPU_MEMORY_UTILIZATION,
  METRIC_HW_GPU_UTILIZATION,
  METRIC_HW_POWER,
  METRIC_HW_TEMPERATURE,
} from '../semconv.js';
import { lastValue, type MetricDefinition } from './definition.js';

const tags = [
  { key: 'uuid', orKey: 'device', as: ATTR_HW_ID },
  { key: 'name', as: ATTR_HW_NAME },
  { key: 'vendor', as: ATTR_HW_VENDOR },
] as const;
const attributes = { [ATTR_HW_TYPE]: HW_TYPE_VALUE_GPU };

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
      measurement: ({ measurements: { used_mb: used, total_mb: total } }) =>
        typeof used === 'number' && typeof total === 'number' && total > 0 ? used / total : undefined,
      description: 'Fraction of GPU memory used',
      tags,
      attributes,
    }),
  },
  {
    event: 'snakepit.gpu.utilization.sampled',
    ...lastValue(METRIC_HW_GPU_UTILIZATION, {
      measurement: 'gpu_percent',
      description: 'Fraction of time in which the GPU was busy',
      replaces: 'snakepit.gpu.utilization.percent',
      tags,
      attributes: { ...attributes, [ATTR_HW_GPU_TASK]: 'general' },
    }),
  },
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
];
