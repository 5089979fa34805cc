import type { Device } from './device.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import type { NvmlQuery } from './queries.js';
import { FIELD_OFFSET } from './sample-memory.js';

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

const DIRECTIONS: readonly DirectionQuery[] = [
  direction(0, FIELD_OFFSET.pcieTransmit),
  direction(1, FIELD_OFFSET.pcieReceive),
];

interface Step {
  readonly device: Device;
  readonly query: DirectionQuery;
}

/**
 * Reads PCIe throughput. The driver measures each device and direction for 20 ms, which makes 320 ms for eight GPUs: too
 * long for short intervals, and for a caller that waits for a sample. With a sampling interval, the values are therefore
 * read between samples, one at a time, and a sample has the values read since the previous one.
 */
export class PcieThroughput {
  #steps: readonly Step[] = [];
  #next = 0;
  /** The devices that the steps are for. */
  #devices: readonly Device[] = [];

  /** True if the current pass has steps left. */
  get hasNext(): boolean {
    return this.#next < this.#steps.length;
  }

  /** Starts a pass over all devices. */
  start(devices: readonly Device[]): void {
    this.#next = 0;
    if (devices.length === this.#devices.length && devices.every((each, i) => each === this.#devices[i]))
      return;
    this.#devices = devices;
    this.#steps = devices
      .filter(({ isMigDevice }) => !isMigDevice)
      .flatMap((device) => DIRECTIONS.map((query) => ({ device, query })));
  }

  /**
   * Reads the next value.
   *
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  readNext(nvml: Nvml, out: OutBuffer): void {
    const step = this.#steps[this.#next++];
    if (step === undefined) return;
    const { device, query } = step;
    if (!device.query(query, nvml, out)) return;
    device.pcie[query.counter] = out.words[0] as number;
    device.pcieReadAt[query.counter] = performance.now();
  }

  /**
   * Stores the values that are recent enough in a record.
   *
   * @param since ms of `performance.now()`
   */
  store({ pcie, pcieReadAt }: Device, since: number, record: Float64Array, offset: number): void {
    for (const { counter, field } of DIRECTIONS) {
      if ((pcieReadAt[counter] as number) >= since) record[offset + field] = pcie[counter] as number;
    }
  }
}
