import { SECONDS } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The time for which clocks of a GPU were held down, by cause. */
export const THROTTLE_TIME_READINGS = {
  /** Time for which clocks were held down since the driver was loaded, s: power. */
  powerThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'power',
    unit: 's',
    label: 'time throttled: power',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: temperature. */
  thermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'thermal',
    unit: 's',
    label: 'time throttled: temperature',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: sync boost. */
  syncBoostThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'sync_boost',
    unit: 's',
    label: 'time throttled: sync boost',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: board limit. */
  boardLimitThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'board_limit',
    unit: 's',
    label: 'time throttled: board limit',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: low utilization. */
  lowUtilizationThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'low_utilization',
    unit: 's',
    label: 'time throttled: low utilization',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: reliability. */
  reliabilityThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'reliability',
    unit: 's',
    label: 'time throttled: reliability',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: software thermal slowdown. */
  swThermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'sw_thermal',
    unit: 's',
    label: 'time throttled: software thermal slowdown',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: hardware thermal slowdown. */
  hwThermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'hw_thermal',
    unit: 's',
    label: 'time throttled: hardware thermal slowdown',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: power brake. */
  powerBrakeThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'power_brake',
    unit: 's',
    label: 'time throttled: power brake',
    range: SECONDS,
  },
} as const satisfies ReadingRows;
