const ADDRESS = /^([0-9a-f]{1,8}):([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$/i;

/**
 * Converts a PCI address to the form of the Linux kernel, `0000:1b:00.0`, from that of NVIDIA's tools, `00000000:1B:00.0`.
 * Returns `undefined` for other text.
 */
export function kernelPciAddress(text: string): string | undefined {
  const [, domain, bus, device, fn = '0'] = ADDRESS.exec(text.trim()) ?? [];
  if (domain === undefined) return undefined;
  return `${domain.replace(/^0+/, '').padStart(4, '0')}:${bus}:${device}.${fn}`.toLowerCase();
}
