import { singleLine } from '../../common/single-line.js';

/** Value of a metric attribute. */
export type Label = string | number | boolean;

const MAX_LABEL_LENGTH = 128;

/**
 * Returns a metadata value as a metric attribute: at most 128 characters on one line. Numbers and booleans keep their type; numbers
 * that an encoder cannot represent become text. A missing or empty value is no attribute: Prometheus does not distinguish them.
 */
export function label(value: unknown): Label | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'boolean':
      return value;
    case 'number':
      return isExact(value) ? value + 0 : String(value);
    case 'bigint':
      return isExact(Number(value)) ? Number(value) : singleLine(String(value), MAX_LABEL_LENGTH);
  }
  if (value === null) return undefined;
  const text = Array.isArray(value) ? value.map((item) => label(item) ?? '').join(':') : value;
  return singleLine(text, MAX_LABEL_LENGTH).toWellFormed() || undefined;
}

/** Returns true for integers within the safe range and for finite fractions. OTLP encodes integers in 64 bits. */
const isExact = (value: number): boolean =>
  Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
