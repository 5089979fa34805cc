/**
 * Returns any value as one line of at most `limit` characters. Never throws.
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
  line = line.replace(/\s+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

const bigintAsString = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
