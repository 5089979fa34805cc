import { toMebibytes } from '../../../common/units.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';

const MILLI = 1e3;
const MICRO = 1e6;

interface CardFiles {
  readonly driver: string;
  readonly pciAddress: string;
  readonly deviceNodes: readonly string[];
  readonly monitor: string | undefined;
}

/**
 * The files of a graphics card. Values that cannot be read now are `undefined`. What does not change while the driver is loaded is
 * read once.
 */
export class SysfsCard {
  readonly driver: string;
  readonly pciAddress: string;
  /** Names of the device files of the card, such as `card0` and `renderD128` in `/dev/dri`. */
  readonly deviceNodes: readonly string[];
  readonly #folder: string;
  readonly #monitor: string | undefined;
  readonly #files: SerialFileReader;
  /** Contents of files that do not change. */
  readonly #constants = new Map<string, string | undefined>();

  /**
   * @param folder folder of the card, such as `/sys/class/drm/card0`
   * @param found what identifies the card, with the folder of its hardware monitor, below `folder`
   */
  constructor(
    folder: string,
    { driver, pciAddress, deviceNodes, monitor }: CardFiles,
    files: SerialFileReader,
  ) {
    this.#folder = folder;
    this.driver = driver;
    this.pciAddress = pciAddress;
    this.deviceNodes = deviceNodes;
    this.#monitor = monitor;
    this.#files = files;
  }

  /** Returns true if the card is powered down. With many kernels, reading a sensor would wake it. */
  async isAsleep(): Promise<boolean> {
    return (await this.text('device/power/runtime_status')) === 'suspended';
  }

  text(file: string): Promise<string | undefined> {
    return this.#files.text(this.#path(file));
  }

  /** Reads a text that does not change. */
  async constant(file: string): Promise<string | undefined> {
    if (this.#constants.has(file)) return this.#constants.get(file);
    const text = await this.#files.textOnce(this.#path(file));
    this.#files.throwIfAborted();
    this.#constants.set(file, text);
    return text;
  }

  bytes(file: string): Promise<Uint8Array | undefined> {
    return this.#files.bytes(this.#path(file));
  }

  /** Lists the entries of a folder of the card whose names match; empty if there is no such folder. */
  list(folder: string, pattern: RegExp): Promise<string[]> {
    return this.#files.list(this.#path(folder), pattern);
  }

  /** Reads the number in the first of the files that has one. */
  async number(...files: string[]): Promise<number | undefined> {
    for (const file of files) {
      const value = await this.#files.number(this.#path(file));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Reads a number of bytes in MiB. */
  async mebibytes(file: string): Promise<number | undefined> {
    return toMebibytes(await this.number(file));
  }

  /** Reads a number of bytes that does not change, in MiB. */
  async constantMebibytes(file: string): Promise<number | undefined> {
    return toMebibytes(toCount(await this.constant(file)));
  }

  /** Reads a sensor of the hardware monitor, ℃ from m℃. */
  celsius(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MILLI, sensors);
  }

  /** Reads a sensor of the hardware monitor, W, J or MHz from µW, µJ or Hz. */
  millionths(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MICRO, sensors);
  }

  /** Reads a sensor of the hardware monitor as a percentage of its maximum, which does not change. */
  async percent(part: string, maximum: string): Promise<number | undefined> {
    const monitor = this.#monitor;
    if (monitor === undefined) return undefined;
    const limit = toCount(await this.constant(`${monitor}/${maximum}`));
    if (!limit) return undefined;
    const value = await this.#sensor(1, [part]);
    return value === undefined ? undefined : (value / limit) * 100;
  }

  /** Reads the version of a driver that was built apart from the kernel; others have none. */
  driverVersion(): Promise<string | undefined> {
    return this.constant('device/driver/module/version');
  }

  async #sensor(scale: number, sensors: string[]): Promise<number | undefined> {
    const monitor = this.#monitor;
    if (monitor === undefined) return undefined;
    const value = await this.number(...sensors.map((sensor) => `${monitor}/${sensor}`));
    return value === undefined ? undefined : value / scale;
  }

  #path(file: string): string {
    return `${this.#folder}/${file}`;
  }
}

const toCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
