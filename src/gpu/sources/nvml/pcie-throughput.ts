import type { Device } from './device.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import type { NvmlQuery } from './queries.js';
import { FIELD_OFFSET } from './sample-memory.js';

/** NVML reports KB/s. */
const KILOBYTE = 1000;

interface DirectionQuery extends NvmlQuery {
  readonly counter: number;
  readonly field: number;
}

const direction = (counter: number, field: number): DirectionQuery => ({
  fn: 'pcie',
  counter,
  run: (nvml, { handle }, out) => nvml.pcie(handle, counter, out.address),
  field,
});

export const PCIE_DIRECTIONS: readonly DirectionQuery[] = [
  direction(0, FIELD_OFFSET.pcieTransmitBytesPerSecond),
  direction(1, FIELD_OFFSET.pcieReceiveBytesPerSecond),
];

/**
 * Reads the PCIe throughput of a device in one direction, which takes 20 ms.
 *
 * @throws DeviceUnavailableError
 * @throws DriverLostError
 */
export function readPcie(device: Device, query: DirectionQuery, nvml: Nvml, out: OutBuffer): void {
  if (!device.query(query, nvml, out)) return;
  device.pcie[query.counter] = (out.words[0] as number) * KILOBYTE;
  device.pcieReadAt[query.counter] = performance.now();
}

/**
 * Stores the values that are recent enough in a record.
 *
 * @param since ms of `performance.now()`
 */
export function storePcie(
  { pcie, pcieReadAt }: Device,
  since: number,
  record: Float64Array,
  offset: number,
): void {
  for (const { counter, field } of PCIE_DIRECTIONS) {
    if ((pcieReadAt[counter] as number) >= since) record[offset + field] = pcie[counter] as number;
  }
}
