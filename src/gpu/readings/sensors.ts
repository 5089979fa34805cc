import { CELSIUS, FAN_PERCENT, JOULES, MEGAHERTZ, WATTS } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** Temperatures, power, energy, clocks and fans of a GPU. */
export const SENSOR_READINGS = {
  /** Temperature, ℃. */
  celsius: {
    event: 'snakepit.gpu.temperature.sampled',
    measurement: 'celsius',
    unit: 'Cel',
    label: 'temperature',
    range: CELSIUS,
    isZeroAbsent: true,
  },
  /** Temperature of the memory, ℃. */
  memoryCelsius: {
    event: 'snakepit.gpu.temperature.sampled',
    measurement: 'memory_celsius',
    unit: 'Cel',
    label: 'memory temperature',
    range: CELSIUS,
    isZeroAbsent: true,
  },
  /** Power draw, W. */
  watts: {
    event: 'snakepit.gpu.power.sampled',
    measurement: 'watts',
    unit: 'W',
    label: 'power',
    range: WATTS,
    isZeroAbsent: true,
    fast: true,
  },
  /** Power limit that the driver enforces, W. */
  limitWatts: {
    event: 'snakepit.gpu.power.sampled',
    measurement: 'limit_watts',
    unit: 'W',
    label: 'power limit',
    range: WATTS,
    isZeroAbsent: true,
  },
  /** Energy used since the driver was loaded, J. */
  energyJoules: {
    event: 'snakepit.gpu.energy.sampled',
    measurement: 'joules',
    unit: 'J',
    label: 'energy',
    range: JOULES,
    isZeroAbsent: true,
    fast: true,
  },
  /** Clock of the graphics engine, MHz. */
  graphicsClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'graphics_mhz',
    unit: 'MHz',
    label: 'graphics clock',
    range: MEGAHERTZ,
  },
  /** Clock of the streaming multiprocessors, MHz. */
  smClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'sm_mhz',
    unit: 'MHz',
    label: 'SM clock',
    range: MEGAHERTZ,
  },
  /** Clock of the memory, MHz. */
  memoryClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'memory_mhz',
    unit: 'MHz',
    label: 'memory clock',
    range: MEGAHERTZ,
  },
  /** Clock of the video engines, MHz. */
  videoClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'video_mhz',
    unit: 'MHz',
    label: 'video clock',
    range: MEGAHERTZ,
  },
  /** Intended fan speed, % of the maximum. With several fans: the fastest. */
  fanPercent: {
    event: 'snakepit.gpu.fan.sampled',
    measurement: 'percent',
    unit: '%',
    label: 'fan',
    range: FAN_PERCENT,
  },
} as const satisfies ReadingRows;
