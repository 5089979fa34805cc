/** Bytes of a line. */
export const MAX_LINE_BYTES = 64 * 1024;

/** Reason for which a line was refused. */
export type LineRefusal = 'line_too_long' | 'line_malformed' | 'not_an_object';

/**
 * Parses a line of JSON that another process wrote. Literals that JSON has no numbers for (`NaN`, `Infinity` and `-Infinity`, which Python
 * writes) are `null`. Integers beyond 2^53 are rounded.
 */
export function parseWireLine(line: string): { wire: object } | { refusal: LineRefusal } {
  if (isTooLong(line)) return { refusal: 'line_too_long' };
  const wire = parse(line) ?? parse(withoutLiterals(line));
  if (wire === undefined) return { refusal: 'line_malformed' };
  const isObject = typeof wire.value === 'object' && wire.value !== null && !Array.isArray(wire.value);
  return isObject ? { wire: wire.value as object } : { refusal: 'not_an_object' };
}

/** A unit of a string has at most 3 bytes in UTF-8. */
const isTooLong = (line: string): boolean =>
  line.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(line) > MAX_LINE_BYTES;

function parse(text: string | undefined): { value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const LITERALS = ['-Infinity', 'Infinity', 'NaN'];
const NULL = 'null';
const QUOTE = '"';
const BACKSLASH = '\\';

/** Replaces the literals outside of strings in one pass; `undefined` if there are none. */
function withoutLiterals(text: string): string | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  let replaced = '';
  let copied = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === QUOTE) isString = !isString;
    else if (isString) {
      if (character === BACKSLASH) i++;
    } else if (character === '-' || character === 'I' || character === 'N') {
      const literal = LITERALS.find((each) => text.startsWith(each, i));
      if (literal === undefined) continue;
      replaced += text.slice(copied, i) + NULL;
      copied = i + literal.length;
      i = copied - 1;
    }
  }
  return replaced + text.slice(copied);
}
