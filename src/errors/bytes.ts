const POWERS = ['b', 'k', 'm', 'g', 't', 'p'];
const AMOUNT = /^([\d,]{1,24}(?:\.\d{0,12})?) ?([kmgtp])?(?:i?b|bytes?)?$/i;

/**
 * `1.20 GiB`, `512.00 KiB`, `25,600,000 bytes`, `6.49G` in bytes; `undefined` where that is no whole number that
 * JavaScript can hold. `GB` is 2^30 bytes like `GiB`: PyTorch, XLA and Paddle print it after dividing by 1024.
 */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = 'b'] = AMOUNT.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Math.round(Number(amount.replaceAll(',', '')) * 1024 ** POWERS.indexOf(prefix.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
