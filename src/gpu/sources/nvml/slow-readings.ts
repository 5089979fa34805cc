import type { Device } from './device.js';
import type { Gpm } from './gpm.js';
import type { Nvml } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { PCIE_DIRECTIONS, readPcie, storePcie } from './pcie-throughput.js';

/** Reads one value, or a few. */
type Step = (nvml: Nvml, out: OutBuffer) => void;

/**
 * Readings that take the driver long, or that are means over a period. The driver measures PCIe throughput for 20 ms for each device and
 * direction, which makes 320 ms for eight GPUs: too long for short intervals, and for a caller that waits for a sample. With a sampling
 * interval, these values are therefore read between samples, one at a time, and a sample has the values read since the previous one.
 */
export class SlowReadings {
  readonly #gpm: Gpm;
  /** Steps of the present pass. */
  #pass: readonly Step[] = [];
  #next = 0;
  #activity: readonly Step[] = [];
  #throughput: readonly Step[] = [];
  /** The devices that the steps are for. */
  #devices: readonly Device[] = [];

  constructor(gpm: Gpm) {
    this.#gpm = gpm;
  }

  /** True if the current pass has steps left. */
  get hasNext(): boolean {
    return this.#next < this.#pass.length;
  }

  /** Starts a pass over all devices. */
  start(devices: readonly Device[], nvml: Nvml): void {
    const isSame =
      devices.length === this.#devices.length && devices.every((each, i) => each === this.#devices[i]);
    if (!isSame) this.#setDevices(devices, nvml);
    this.#next = 0;
    this.#pass = [...this.#activity, ...this.#throughput];
  }

  #setDevices(devices: readonly Device[], nvml: Nvml): void {
    this.#devices = devices;
    this.#gpm.retain(devices, nvml);
    this.#activity = devices.map((device) => (nvml, out) => this.#gpm.read(device, nvml, out));
    this.#throughput = devices
      .filter(({ isMigDevice }) => !isMigDevice)
      .flatMap((device) => PCIE_DIRECTIONS.map((direction) => pcieStep(device, direction)));
  }

  /** Time until devices that were read for the first time can yield activity, ms; `undefined` if there are none. */
  get firstActivityInMs(): number | undefined {
    return this.#gpm.firstPeriodEndsInMs;
  }

  /** Starts a pass over the activity only. */
  startActivity(): void {
    this.#next = 0;
    this.#pass = this.#activity;
  }

  /**
   * Reads the next value.
   *
   * @throws DeviceUnavailableError
   * @throws DriverLostError
   */
  readNext(nvml: Nvml, out: OutBuffer): void {
    this.#pass[this.#next++]?.(nvml, out);
  }

  /**
   * Stores the values that are recent enough in a record.
   *
   * @param since ms of `performance.now()`
   */
  store(device: Device, since: number, record: Float64Array, offset: number): void {
    storePcie(device, since, record, offset);
    if (device.gpm.readAt >= since) device.gpm.store(record, offset);
  }

  /** Frees what the driver keeps for these readings. */
  close(nvml: Nvml): void {
    this.#gpm.retain([], nvml);
    this.#devices = [];
    this.#pass = [];
  }
}

const pcieStep =
  (device: Device, direction: (typeof PCIE_DIRECTIONS)[number]): Step =>
  (nvml, out) => {
    // The activity counters measure it without a delay.
    if (!device.gpm.hasPcie) readPcie(device, direction, nvml, out);
  };
