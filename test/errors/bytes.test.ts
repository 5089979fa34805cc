import { expect, test } from 'vitest';
import { parseBytes } from '../../src/errors/bytes.js';

test.each([
  ['2.26 GiB', Math.round(2.26 * 2 ** 30)],
  ['512.00 KiB', 2 ** 19],
  ['201. GiB', 201 * 2 ** 30],
  ['768.00 MB', 768 * 2 ** 20],
  ['6.49G', Math.round(6.49 * 2 ** 30)],
  ['1.5 TiB', 1.5 * 2 ** 40],
  ['25,600,000 bytes', 25_600_000],
  ['2147483648B', 2 ** 31],
  ['0 bytes', 0],
  ['7406166528', 7_406_166_528],
])('%s is %i', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'GiB', '17179869184.00 GiB', '1.2.3 GiB', '5 apples'])('%j is not an amount', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
