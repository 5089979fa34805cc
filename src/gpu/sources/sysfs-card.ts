import { join } from 'node:path';
import { toMebibytes } from '../../common/units.js';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import { kernelPciAddress } from '../pci-address.js';
import type { SourceUnavailable } from '../source.js';

/** Where the kernel lists its graphics cards. */
export const SYSFS = '/sys/class/drm';

const MILLI = 1e3;
const MICRO = 1e6;

/** A graphics card as a kernel driver shows it in files. What cannot be read of it now is `undefined`. */
export class SysfsCard {
  constructor(
    /** The card's own folder, such as `/sys/class/drm/card0`. */
    readonly folder: string,
    readonly driver: string,
    readonly pciAddress: string,
    private readonly files: SerialFileReader,
    readonly monitor: string | undefined,
  ) {}

  /** Whether it is powered down. With many kernels, reading a sensor would wake it, again and again. */
  async isAsleep(): Promise<boolean> {
    return (await this.text('device/power/runtime_status')) === 'suspended';
  }

  text(file: string): Promise<string | undefined> {
    return this.files.text(join(this.folder, file));
  }

  /** The number in the first of the files that has one. */
  async number(...files: string[]): Promise<number | undefined> {
    for (const file of files) {
      const value = await this.files.number(join(this.folder, file));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  async mebibytes(file: string): Promise<number | undefined> {
    return toMebibytes(await this.number(file));
  }

  /** Of the hardware monitor, in ℃ from m℃. */
  celsius(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MILLI, sensors);
  }

  /** Of the hardware monitor, in W, J or MHz from µW, µJ or Hz. */
  millionths(...sensors: string[]): Promise<number | undefined> {
    return this.#sensor(MICRO, sensors);
  }

  /** Of the hardware monitor: one sensor as a percentage of another. */
  async percent(part: string, whole: string): Promise<number | undefined> {
    const [value, maximum] = await Promise.all([this.#sensor(1, [part]), this.#sensor(1, [whole])]);
    return value === undefined || !maximum ? undefined : (value / maximum) * 100;
  }

  /** The version of a driver that was not built with its kernel; others have none. */
  driverVersion(): Promise<string | undefined> {
    return this.text('device/driver/module/version');
  }

  async #sensor(scale: number, sensors: string[]): Promise<number | undefined> {
    const { monitor } = this;
    if (monitor === undefined) return undefined;
    const value = await this.number(...sensors.map((sensor) => join(monitor, sensor)));
    return value === undefined ? undefined : value / scale;
  }
}

/** The cards with one of the drivers, in the order of their PCI addresses; card numbers follow the order of loading. */
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

/** `undefined` where a card with one of the drivers is there. @param advice to whom expected one */
export async function cardUnavailable(
  root: string,
  drivers: readonly string[],
  advice: string,
): Promise<SourceUnavailable | undefined> {
  if ((await findCards(root, drivers, new AbortController().signal)).length > 0) return undefined;
  return { reason: `no card with the ${drivers.join(' or ')} driver in ${root}`, remedy: advice };
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
  return new SysfsCard(folder, driver, pciAddress, files, await findMonitor(folder, driver, files));
}

/** Of several hardware monitors the one of the whole card, which has the driver's name. */
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
