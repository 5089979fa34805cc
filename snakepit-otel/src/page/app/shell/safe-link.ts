/** Returns an address that a browser may open, `undefined` if it is no web address: `javascript:` would run in this page. */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol) ? address : undefined;
  } catch {
    return undefined;
  }
}

/** Returns an address within this page; anything else leads to its start. */
export function pageAddress(address: string): string {
  return address.startsWith('#') ? address : '#/';
}
