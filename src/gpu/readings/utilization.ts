import { PERCENT } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The utilization of a GPU and its video engines. */
export const UTILIZATION_READINGS = {
  /** Share of the driver's last sampling period in which the GPU was busy, 0–100 %. */
  gpuPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'gpu_percent',
    unit: '%',
    label: 'utilization',
    range: PERCENT,
    fast: true,
  },
  /** Share of the driver's last sampling period in which memory was read or written, 0–100 %. */
  memoryControllerPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'memory_controller_percent',
    unit: '%',
    label: 'memory controller',
    range: PERCENT,
    fast: true,
  },
  /** Share of the driver's last sampling period in which the video encoder was busy, 0–100 %. */
  encoderPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'encoder_percent',
    unit: '%',
    label: 'video encoder',
    range: PERCENT,
  },
  /** Share of the driver's last sampling period in which the video decoder was busy, 0–100 %. */
  decoderPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'decoder_percent',
    unit: '%',
    label: 'video decoder',
    range: PERCENT,
  },
} as const satisfies ReadingRows;
