import { join } from 'node:path';
import { list, readText } from '../../system/files.js';

const PCI_DEVICES = '/sys/bus/pci/devices';
const NVIDIA = '0x10de';
/** Class of display controllers, of which 3D controllers are a part. */
const DISPLAY = /^0x03/;

/**
 * Explains why an NVIDIA driver that is loaded lists no GPU: the kernel lists cards whether or not their driver can use them.
 *
 * @param folder folder of the kernel's PCI devices. @default '/sys/bus/pci/devices'
 */
export async function explainMissingGpu(folder = PCI_DEVICES): Promise<string> {
  const addresses = await nvidiaCards(folder);
  if (addresses.length === 0) {
    return 'the PCI bus has no NVIDIA GPU: give this container or virtual machine one';
  }
  return `the driver cannot use the NVIDIA GPU at ${addresses.join(', ')}: check the kernel log for NVRM; restart the host, or install a driver that supports this GPU`;
}

async function nvidiaCards(folder: string): Promise<string[]> {
  const signal = AbortSignal.timeout(1000);
  const addresses = await list(folder, /^[0-9a-f:.]+$/);
  const cards = await Promise.all(
    addresses.map(async (address) => {
      const [vendor, kind] = await Promise.all(
        ['vendor', 'class'].map((file) => readText(join(folder, address, file), signal)),
      );
      return vendor === NVIDIA && DISPLAY.test(kind ?? '') ? address : undefined;
    }),
  );
  return cards.filter((address) => address !== undefined).sort();
}
