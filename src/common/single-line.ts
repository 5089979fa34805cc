/** White space and control characters, such as those of terminal escape sequences. */
const BREAKS = /[\s\p{Cc}]+/gu;

/**
 * Returns any value as one line of at most `limit` characters, without control characters. Never throws.
 *
 * @param limit characters. @default 256
 */
export function singleLine(value: unknown, limit = 256): string {
  let line: string;
  try {
    line = typeof value === 'string' ? value : (JSON.stringify(value, bigintAsString) ?? String(value));
  } catch {
    line = '[unprintable]';
  }
  // Bounds the work on long text. White space may shrink to one character.
  const scanned = line.slice(0, limit * 4);
  const isCut = scanned.length < line.length;
  line = scanned.replace(BREAKS, ' ');
  return isCut || line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

const bigintAsString = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
