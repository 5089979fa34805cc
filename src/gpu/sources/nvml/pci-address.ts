import type { OutMemory } from './out-memory.js';

// In nvmlPciInfo_t, behind the 16 bytes of the legacy text.
const DOMAIN = 4;
const BUS = 5;
const DEVICE = 6;

/** `0000:1b:00.0`, as the kernel writes it, of an nvmlPciInfo_t; the legacy text has the same in capitals. */
export function pciAddress({ words }: OutMemory): string {
  const hex = (at: number, digits: number) => (words[at] as number).toString(16).padStart(digits, '0');
  return `${hex(DOMAIN, 4)}:${hex(BUS, 2)}:${hex(DEVICE, 2)}.0`;
}
