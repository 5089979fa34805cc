import { BYTES, BYTES_PER_SECOND, COUNT, LANES, LINK_GENERATION } from './ranges.js';
import type { ReadingRows } from './reading-row.js';

/** The PCIe link of a GPU. */
export const PCIE_READINGS = {
  /** Data that the GPU sends over PCIe, bytes per second. */
  pcieTransmitBytesPerSecond: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'transmit_bytes_per_second',
    unit: 'By/s',
    label: 'PCIe sent',
    range: BYTES_PER_SECOND,
  },
  /** Data that the GPU receives over PCIe, bytes per second. */
  pcieReceiveBytesPerSecond: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'receive_bytes_per_second',
    unit: 'By/s',
    label: 'PCIe received',
    range: BYTES_PER_SECOND,
  },
  /** Data that the GPU has sent over PCIe, bytes. Starts anywhere, as the hardware’s counter wraps. */
  pcieTransmitBytes: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'transmit_bytes',
    unit: 'By',
    label: 'PCIe sent in total',
    range: BYTES,
  },
  /** Data that the GPU has received over PCIe, bytes. Starts anywhere, as the hardware’s counter wraps. */
  pcieReceiveBytes: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'receive_bytes',
    unit: 'By',
    label: 'PCIe received in total',
    range: BYTES,
  },
  /** PCIe generation of the link now. An idle GPU lowers it. */
  pcieLinkGeneration: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'link_generation',
    unit: '1',
    label: 'PCIe generation',
    range: LINK_GENERATION,
    isZeroAbsent: true,
  },
  /** Highest PCIe generation that the GPU and its slot support. */
  pcieMaxLinkGeneration: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'max_link_generation',
    unit: '1',
    label: 'PCIe generation, maximum',
    range: LINK_GENERATION,
    isZeroAbsent: true,
  },
  /** PCIe lanes in use. */
  pcieLinkWidth: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'link_width',
    unit: '{lane}',
    label: 'PCIe lanes',
    range: LANES,
    isZeroAbsent: true,
  },
  /** PCIe lanes that the GPU and its slot support. */
  pcieMaxLinkWidth: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'max_link_width',
    unit: '{lane}',
    label: 'PCIe lanes, maximum',
    range: LANES,
    isZeroAbsent: true,
  },
  /** PCIe packets that were sent again. */
  pcieReplays: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'replays',
    unit: '{error}',
    label: 'PCIe replays',
    range: COUNT,
  },
  /** Correctable PCIe errors. */
  pcieCorrectableErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'correctable',
    unit: '{error}',
    label: 'PCIe correctable errors',
    range: COUNT,
  },
  /** Non-fatal PCIe errors. */
  pcieNonFatalErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'non_fatal',
    unit: '{error}',
    label: 'PCIe non-fatal errors',
    range: COUNT,
  },
  /** Fatal PCIe errors. */
  pcieFatalErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'fatal',
    unit: '{error}',
    label: 'PCIe fatal errors',
    range: COUNT,
  },
} as const satisfies ReadingRows;
