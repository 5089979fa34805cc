import { PERCENT } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The activity of the parts of a GPU. */
export const ACTIVITY_READINGS = {
  /** Share of time in which the graphics or compute engine was busy, 0–100 %. */
  graphicsEnginePercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'graphics_percent',
    unit: '%',
    label: 'graphics engine',
    range: PERCENT,
  },
  /** Share of time in which the streaming multiprocessors had work, their mean, 0–100 %. */
  smPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'sm_percent',
    unit: '%',
    label: 'SM active',
    range: PERCENT,
  },
  /** Warps that were resident on the streaming multiprocessors, of the maximum, 0–100 %. */
  smOccupancyPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'sm_occupancy_percent',
    unit: '%',
    label: 'SM occupancy',
    range: PERCENT,
  },
  /** Share of time in which the tensor pipes were busy, 0–100 %. */
  tensorPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'tensor_percent',
    unit: '%',
    label: 'tensor pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP64 pipes were busy, 0–100 %. */
  fp64Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp64_percent',
    unit: '%',
    label: 'FP64 pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP32 pipes were busy, 0–100 %. */
  fp32Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp32_percent',
    unit: '%',
    label: 'FP32 pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP16 pipes were busy, other than those of tensors, 0–100 %. */
  fp16Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp16_percent',
    unit: '%',
    label: 'FP16 pipes',
    range: PERCENT,
  },
  /** Memory bandwidth in use, of the maximum, 0–100 %. */
  dramPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'dram_percent',
    unit: '%',
    label: 'memory bandwidth',
    range: PERCENT,
  },
} as const satisfies ReadingRows;
