// Values as the log lines show them.

export const wholeMs = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6);
export const wholeUs = (nanoseconds: number): number => Math.floor(nanoseconds / 1e3);
export const percent = (part: number, whole: number): string =>
  ((part / Math.max(whole, 1)) * 100).toFixed(1);
export const inMebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
export const shape = (dimensions: readonly (number | string)[] | null | undefined): string =>
  dimensions ? `[${dimensions.join(', ')}]` : 'unknown';

/** Any value on one line, at most `limit` characters; never throws. */
export function inline(value: unknown, limit = 256): string {
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
