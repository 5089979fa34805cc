import { join } from 'node:path';
import { SerialFileReader } from '../../../system/serial-file-reader.js';
import { kernelPciAddress } from '../../pci-address.js';
import type { SourceUnavailable } from '../../source.js';
import { SysfsCard } from './sysfs-card.js';

/** Folder of the kernel's graphics cards. */
export const SYSFS = '/sys/class/drm';
const CARD = /^card\d+$/;

/** Names of the graphics cards. They differ after a card was added or removed. */
export const listCards = (root: string, files: SerialFileReader): Promise<string[]> => files.list(root, CARD);

/** Identifies the cards with one of the drivers, sorted by PCI address. Card numbers depend on the order of loading. */
export async function identifyCards(
  root: string,
  names: readonly string[],
  drivers: readonly string[],
  files: SerialFileReader,
): Promise<SysfsCard[]> {
  const cards = await Promise.all(names.map((name) => identify(root, name, drivers, files)));
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
  const files = new SerialFileReader(new AbortController().signal);
  const cards = await identifyCards(root, await listCards(root, files), drivers, files);
  if (cards.length > 0) return undefined;
  return { reason: `no card with the ${drivers.join(' or ')} driver in ${root}`, remedy };
}

async function identify(
  root: string,
  name: string,
  drivers: readonly string[],
  files: SerialFileReader,
): Promise<SysfsCard | undefined> {
  const folder = join(root, name);
  const uevent = (await files.textOnce(join(folder, 'device/uevent'))) ?? '';
  const driver = /^DRIVER=(\S+)$/m.exec(uevent)?.[1];
  const pciAddress = kernelPciAddress(/^PCI_SLOT_NAME=(\S+)$/m.exec(uevent)?.[1] ?? '');
  if (driver === undefined || !drivers.includes(driver) || pciAddress === undefined) return undefined;
  const deviceNodes = await files.list(join(folder, 'device/drm'), /^renderD\d+$/);
  const monitor = await findMonitor(folder, driver, files);
  return new SysfsCard(folder, { driver, pciAddress, deviceNodes: [name, ...deviceNodes], monitor }, files);
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
    if ((await files.textOnce(join(folder, monitor, 'name'))) === driver) return monitor;
  }
  return monitors[0];
}
