const ADDRESS = /^([0-9a-f]{1,8}):([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$/i;

/**
 * A PCI address as the Linux kernel writes it, `0000:1b:00.0`, from what NVIDIA's tools write: `00000000:1B:00.0`.
 * `undefined` for what is no address.
 */
export function kernelPciAddress(text: string): string | undefined {
  const [, domain, bus, device, fn = '0'] = ADDRESS.exec(text.trim()) ?? [];
  if (domain === undefined) return undefined;
  return `${domain.replace(/^0+/, '').padStart(4, '0')}:${bus}:${device}.${fn}`.toLowerCase();
}
