import type { Device } from './device.js';
import type { Nvml } from './library.js';
import type { OutMemory } from './out-memory.js';
import type { Question } from './readings.js';
import { AT, monotonicMs } from './sample-memory.js';

interface Direction extends Question {
  readonly field: number;
}

const direction = (counter: number, field: number): Direction => ({
  fn: 'pcie',
  ask: (nvml, { handle }, out) => nvml.pcie(handle, counter, out.address),
  field,
});

const DIRECTIONS: readonly Direction[] = [direction(0, AT.pcieTransmit), direction(1, AT.pcieReceive)];

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
  #turns: Turn[] = [];
  #next = 0;
  readonly #values = new Map<Device, { at: number; values: number[] }>();

  /** Whether a turn is left. */
  get isDue(): boolean {
    return this.#next < this.#turns.length;
  }

  /** Gives every device its turns, unless the ones before are not over yet. */
  begin(devices: Iterable<Device>): void {
    if (this.isDue) return;
    this.#turns = [];
    this.#next = 0;
    for (const device of devices) {
      if (device.isSlice) continue;
      for (const each of DIRECTIONS) {
        if (device.supports(each)) this.#turns.push({ device, direction: each });
      }
    }
    for (const device of this.#values.keys()) {
      if (!this.#turns.some((turn) => turn.device === device)) this.#values.delete(device);
    }
  }

  /** @throws DeviceGone, DriverLost */
  readNext(nvml: Nvml, out: OutMemory): void {
    const turn = this.#turns[this.#next++];
    if (turn === undefined) return;
    const value = turn.device.ask(turn.direction, nvml, out) ? (out.words[0] as number) : Number.NaN;
    const kept = this.#values.get(turn.device) ?? { at: 0, values: [] };
    kept.values[turn.direction.field] = value;
    kept.at = monotonicMs();
    this.#values.set(turn.device, kept);
  }

  /** Writes what was read of a device since `since`. */
  keep(device: Device, since: number, record: Float64Array, at: number): void {
    const kept = this.#values.get(device);
    if (kept === undefined || kept.at < since) return;
    for (const { field } of DIRECTIONS) record[at + field] = kept.values[field] ?? Number.NaN;
  }
}
