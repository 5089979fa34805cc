import { COUNT, FLAG } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** Memory errors, what the driver did about them, and the clients of a GPU. */
export const HEALTH_READINGS = {
  /** Corrected memory errors since the driver was loaded. */
  eccCorrectedErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'corrected',
    unit: '{error}',
    label: 'ECC corrected',
    range: COUNT,
  },
  /** Uncorrected memory errors since the driver was loaded. */
  eccUncorrectedErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'uncorrected',
    unit: '{error}',
    label: 'ECC uncorrected',
    range: COUNT,
  },
  /** Corrected memory errors over the life of the GPU. */
  eccCorrectedLifetimeErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'corrected_lifetime',
    unit: '{error}',
    label: 'ECC corrected, lifetime',
    range: COUNT,
  },
  /** Uncorrected memory errors over the life of the GPU. */
  eccUncorrectedLifetimeErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'uncorrected_lifetime',
    unit: '{error}',
    label: 'ECC uncorrected, lifetime',
    range: COUNT,
  },
  /** Memory pages retired for single-bit errors, over the life of the GPU. */
  retiredSingleBitPages: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_single_bit',
    unit: '{page}',
    label: 'pages retired, single-bit errors',
    range: COUNT,
  },
  /** Memory pages retired for a double-bit error, over the life of the GPU. */
  retiredDoubleBitPages: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_double_bit',
    unit: '{page}',
    label: 'pages retired, double-bit error',
    range: COUNT,
  },
  /** 1 if pages are retired with the next reset. */
  retiredPagesPending: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_pending',
    unit: '1',
    label: 'page retirement pending',
    range: FLAG,
  },
  /** Memory rows remapped for corrected errors, over the life of the GPU. */
  remappedCorrectedRows: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remapped_corrected',
    unit: '{row}',
    label: 'rows remapped, corrected errors',
    range: COUNT,
  },
  /** Memory rows remapped for uncorrected errors, over the life of the GPU. */
  remappedUncorrectedRows: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remapped_uncorrected',
    unit: '{row}',
    label: 'rows remapped, uncorrected errors',
    range: COUNT,
  },
  /** 1 if rows are remapped with the next reset. */
  remappedRowsPending: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remap_pending',
    unit: '1',
    label: 'row remapping pending',
    range: FLAG,
  },
  /** 1 if remapping a row failed: no spare row is left. */
  remappedRowsFailed: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remap_failed',
    unit: '1',
    label: 'row remapping failed',
    range: FLAG,
  },
  /** Action that the driver demands: 0 none, 1 reset, 2 reboot, 3 drain peer-to-peer traffic, 4 drain and reset, 5 recover the IMEX domain. */
  recoveryAction: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'recovery_action',
    unit: '1',
    label: 'recovery action',
    range: [0, 100],
  },
  /** Processes that use the GPU through NVIDIA’s Multi-Process Service. */
  mpsClients: {
    event: 'snakepit.gpu.mps.sampled',
    measurement: 'clients',
    unit: '{client}',
    label: 'MPS clients',
    range: [0, 65_536],
  },
} as const satisfies ReadingRows;
