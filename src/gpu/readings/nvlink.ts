import { BYTES, COUNT, LINK_BYTES_PER_SECOND } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The NVLinks of a GPU, all of them together. */
export const NVLINK_READINGS = {
  /** NVLinks of the GPU. */
  nvlinkLinks: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'links',
    unit: '{link}',
    label: 'NVLinks',
    range: [0, 1024],
  },
  /** Data that the GPU has sent over all NVLinks, bytes. */
  nvlinkTransmitBytes: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'transmit_bytes',
    unit: 'By',
    label: 'NVLink sent in total',
    range: BYTES,
  },
  /** Data that the GPU has received over all NVLinks, bytes. */
  nvlinkReceiveBytes: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive_bytes',
    unit: 'By',
    label: 'NVLink received in total',
    range: BYTES,
  },
  /** Data that the GPU sends over all NVLinks, bytes per second. */
  nvlinkTransmitBytesPerSecond: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'transmit_bytes_per_second',
    unit: 'By/s',
    label: 'NVLink sent',
    range: LINK_BYTES_PER_SECOND,
  },
  /** Data that the GPU receives over all NVLinks, bytes per second. */
  nvlinkReceiveBytesPerSecond: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive_bytes_per_second',
    unit: 'By/s',
    label: 'NVLink received',
    range: LINK_BYTES_PER_SECOND,
  },
  /** NVLink checksum errors in flow control. */
  nvlinkCrcFlitErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'crc_flit',
    unit: '{error}',
    label: 'NVLink flow control CRC errors',
    range: COUNT,
  },
  /** NVLink checksum errors in data. */
  nvlinkCrcDataErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'crc_data',
    unit: '{error}',
    label: 'NVLink data CRC errors',
    range: COUNT,
  },
  /** NVLink packets that were sent again. */
  nvlinkReplayErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'replay',
    unit: '{error}',
    label: 'NVLink replays',
    range: COUNT,
  },
  /** Recoveries of NVLinks, whatever their result. */
  nvlinkRecoveryErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'recovery',
    unit: '{error}',
    label: 'NVLink recoveries',
    range: COUNT,
  },
  /** Recoveries of NVLinks that failed, so that the link is down. */
  nvlinkFailedRecoveries: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'failed_recovery',
    unit: '{error}',
    label: 'NVLink failed recoveries',
    range: COUNT,
  },
  /** NVLink ECC errors in data. */
  nvlinkEccErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'ecc',
    unit: '{error}',
    label: 'NVLink ECC errors',
    range: COUNT,
  },
  /** NVLink packets that were received with errors. */
  nvlinkReceiveErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive',
    unit: '{error}',
    label: 'NVLink receive errors',
    range: COUNT,
  },
  /** Times that the errors of an NVLink exceeded a threshold. */
  nvlinkIntegrityErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'integrity',
    unit: '{error}',
    label: 'NVLink integrity errors',
    range: COUNT,
  },
} as const satisfies ReadingRows;
