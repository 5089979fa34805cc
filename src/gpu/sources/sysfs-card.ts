import { join } from 'node:path';
import { toMebibytes } from '../../common/units.js';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import { kernelPciAddress } from '../pci-address.js';
import type { SourceUnavailable } from '../source.js';

/** Folder of the kernel's graphics cards. */
export const SYSFS = '/sys/class/drm';

const MILLI = 1e3;
const MICRO = 1e6;

/** The files of a graphics card. Values that cannot be read now are `undefined`. */
export class SysfsCard {
  readonly driver: string;
  readonly pciAddress: string;
  readonly #folder: string;
  readonly #monitor: string | undefined;
  readonly #files: SerialFileReader;

  /**
   * @param folder folder of the card, such as `/sys/class/drm/card0`
   * @param monitor folder of its hardware monitor, below `folder`
   */
  constructor(
    folder: string,
    driver: string,
    pciAddress: string,
    monitor: string | undefined,
    files: SerialFileReader,
  ) {
    this.#folder = folder;
    this.driver = driver;
    this.pciAddress = pciAddress;
    this.#monitor = monitor;
    this.#files = files;
  }

  /** Returns true if the card is powered down. With many kernels, reading a sensor would wake it. */
  async isAsleep(): Promise<boolean> {
    return (await this.text('device/power/runtime_status')) === 'suspended';
  }

  text(file: string): Promise<string | undefined> {
    return this.#files.text(join(this.#folder, file));
  }

  bytes(file: string): Promise<Uint8Array | undefined> {
    return this.#files.bytes(join(this.#folder, file));
  }

  /** Lists the entries of a folder of the card whose names match; empty if there is no such folder. */
  list(folder: string, pattern: RegExp): Promise<string[]> {
    return this.#files.list(join(this.#folder, folder), pattern);
  }

  /** Reads the number in the first of the files that has one. */
  async number(...files: string[]): Promise<number | undefined> {
    for (const file of files) {
      const value = await this.#files.number(join(this.#folder, file));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Reads a number of bytes in MiB. */
  async mebibytes(file: string): Promise<number | undefined> {
    return toMebibytes(await this.number(file));
  }

  /** Reads a sensor of the hardware monitor, ℃ from m℃. */
  celsius(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MILLI, sensors);
  }

  /** Reads a sensor of the hardware monitor, W, J or MHz from µW, µJ or Hz. */
  millionths(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MICRO, sensors);
  }

  /** Reads a sensor of the hardware monitor as a percentage of another. */
  async percent(part: string, maximum: string): Promise<number | undefined> {
    const [value, limit] = await Promise.all([this.#sensor(1, [part]), this.#sensor(1, [maximum])]);
    return value === undefined || !limit ? undefined : (value / limit) * 100;
  }

  /** Reads the version of a driver that was built apart from the kernel; others have none. */
  driverVersion(): Promise<string | undefined> {
    return this.text('device/driver/module/version');
  }

  async #sensor(scale: number, sensors: string[]): Promise<number | undefined> {
    const monitor = this.#monitor;
    if (monitor === undefined) return undefined;
    const value = await this.number(...sensors.map((sensor) => join(monitor, sensor)));
    return value === undefined ? undefined : value / scale;
  }
}

/** Finds the cards with one of the drivers, sorted by PCI address. Card numbers depend on the order of loading. */
export async function findCards(
  root: string,
  drivers: readonly string[],
  signal: AbortSignal,
): Promise<SysfsCard[]> {
  const files = new SerialFileReader(signal);
  const names = await files.list(root, /^card\d+$/);
  const cards = await Promise.all(names.map((name) => identify(join(root, name), drivers, files)));
  return cards
    .filter((card) => card !== undefined)
    .sort((one, other) => (one.pciAddress < other.pciAddress ? -1 : 1));
}

/** Returns `undefined` if there is a card with one of the drivers. */
export async function cardUnavailable(
  root: string,
  drivers: readonly string[],
  remedy: string,
): Promise<SourceUnavailable | undefined> {
  if ((await findCards(root, drivers, new AbortController().signal)).length > 0) return undefined;
  return { reason: `no card with the ${drivers.join(' or ')} driver in ${root}`, remedy };
}

async function identify(
  folder: string,
  drivers: readonly string[],
  files: SerialFileReader,
): Promise<SysfsCard | undefined> {
  const uevent = (await files.text(join(folder, 'device/uevent'))) ?? '';
  const driver = /^DRIVER=(\S+)$/m.exec(uevent)?.[1];
  const pciAddress = kernelPciAddress(/^PCI_SLOT_NAME=(\S+)$/m.exec(uevent)?.[1] ?? '');
  if (driver === undefined || !drivers.includes(driver) || pciAddress === undefined) return undefined;
  return new SysfsCard(folder, driver, pciAddress, await findMonitor(folder, driver, files), files);
}

/** Finds the hardware monitor of the card: the one with the driver's name, as parts of the card may have their own. */
async function findMonitor(
  folder: string,
  driver: string,
  files: SerialFileReader,
): Promise<string | undefined> {
  const monitors = (await files.list(join(folder, 'device/hwmon'), /^hwmon\d+$/)).map(
    (name) => `device/hwmon/${name}`,
  );
  for (const monitor of monitors) {
    if ((await files.text(join(folder, monitor, 'name'))) === driver) return monitor;
  }
  return monitors[0];
}
