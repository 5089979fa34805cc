import { MEMORY } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The memory of a GPU. */
export const MEMORY_READINGS = {
  /** Memory in use, MiB. Excludes memory that the driver reserves, if the driver reports that separately. */
  memoryUsedMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'used_mb',
    unit: 'MiBy',
    label: 'memory used',
    range: MEMORY,
    fast: true,
  },
  /** Memory installed, MiB. */
  memoryTotalMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'total_mb',
    unit: 'MiBy',
    label: 'memory total',
    range: MEMORY,
    isZeroAbsent: true,
    fast: true,
  },
  /** Memory free, MiB. */
  memoryFreeMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'free_mb',
    unit: 'MiBy',
    label: 'memory free',
    range: MEMORY,
    fast: true,
  },
  /** Memory that the driver reserves for itself, MiB. Not part of the memory in use. */
  memoryReservedMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'reserved_mb',
    unit: 'MiBy',
    label: 'memory reserved',
    range: MEMORY,
    fast: true,
  },
  /** 1 if the memory is the machine's, which the processor uses as well: of an integrated GPU. */
  unifiedMemory: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'unified',
    unit: '1',
    label: 'unified memory',
    range: [1, 1],
  },
} as const satisfies ReadingRows;
