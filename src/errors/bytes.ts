const POWERS = ['b', 'k', 'm', 'g', 't', 'p'];
const AMOUNT = /^([\d,]{1,24}(?:\.\d{0,12})?) ?([kmgtp])?(?:i?b|bytes?)?$/i;

/**
 * Parses an amount of memory, such as `1.20 GiB`, `512.00 KiB`, `25,600,000 bytes` or `6.49G`, into bytes. Returns `undefined` if
 * the text is no amount or exceeds the safe integers. `GB` is 2^30 bytes like `GiB`: PyTorch, XLA and Paddle divide by 1024.
 */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = 'b'] = AMOUNT.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Math.round(Number(amount.replaceAll(',', '')) * 1024 ** POWERS.indexOf(prefix.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
