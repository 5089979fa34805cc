import type { Device } from './device.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import type { NvmlQuery } from './queries.js';
import { FIELD_OFFSET } from './sample-memory.js';

interface Direction extends NvmlQuery {
  readonly counter: number;
  readonly field: number;
}

const direction = (counter: number, field: number): Direction => ({
  fn: 'pcie',
  counter,
  ask: (nvml, { handle }, out) => nvml.pcie(handle, counter, out.address),
  field,
});

const DIRECTIONS: readonly Direction[] = [
  direction(0, FIELD_OFFSET.pcieTransmit),
  direction(1, FIELD_OFFSET.pcieReceive),
];

interface Turn {
  readonly device: Device;
  readonly direction: Direction;
}

/**
 * Reads PCIe throughput. The driver measures each device and direction for 20 ms, 320 ms for eight GPUs: too long for
 * samples in short intervals, and for those who wait for one. So with samples in an interval, it is read between them,
 * each value in its turn; a sample has what was read since the one before.
 */
export class PcieThroughput {
  #turns: readonly Turn[] = [];
  #next = 0;
  /** Whose turns they are. */
  #devices: readonly Device[] = [];

  /** Whether a turn is left. */
  get isDue(): boolean {
    return this.#next < this.#turns.length;
  }

  /** Gives every device its turns, from the first. */
  begin(devices: readonly Device[]): void {
    this.#next = 0;
    if (devices.length === this.#devices.length && devices.every((each, i) => each === this.#devices[i]))
      return;
    this.#devices = devices;
    this.#turns = devices
      .filter(({ isSlice }) => !isSlice)
      .flatMap((device) => DIRECTIONS.map((each) => ({ device, direction: each })));
  }

  /** @throws DeviceGone, DriverLost */
  readNext(nvml: Nvml, out: OutBuffer): void {
    const turn = this.#turns[this.#next++];
    if (turn === undefined) return;
    const { device, direction } = turn;
    if (!device.ask(direction, nvml, out)) return;
    device.pcie[direction.counter] = out.words[0] as number;
    device.pcieAt[direction.counter] = performance.now();
  }

  /** Writes what was read of a device since `since`, ms of `performance.now()`. */
  keep({ pcie, pcieAt }: Device, since: number, record: Float64Array, at: number): void {
    for (const { counter, field } of DIRECTIONS) {
      if ((pcieAt[counter] as number) >= since) record[at + field] = pcie[counter] as number;
    }
  }
}
