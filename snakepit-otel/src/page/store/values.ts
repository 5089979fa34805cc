import { cleanText, singleLine } from 'opentelemetry-instrumentation-snakepit/internal';
import { MAX_TEXT } from './limits.js';

// Events are untrusted: any value may have any type.

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Returns text on one line, redacted; undefined for an empty text or another type. */
export const textOf = (value: unknown, limit = 256): string | undefined =>
  typeof value === 'string' && value !== '' ? singleLine(value, limit) : undefined;

/** Returns text of several lines, redacted; undefined for an empty text or another type. */
export const linesOf = (value: unknown, limit = MAX_TEXT): string | undefined =>
  typeof value === 'string' && value !== '' ? cleanText(value, limit) : undefined;

/** Bytes of a text in memory: one a character, two if a character needs them. */
export const bytesOf = (text: string): number => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return 2 * text.length + OVERHEAD;
  return text.length + OVERHEAD;
};
/** Bytes of an object that holds a text. */
const OVERHEAD = 64;
