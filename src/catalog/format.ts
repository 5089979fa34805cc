// Values in log lines.

export const wholeMs = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6);
export const wholeUs = (nanoseconds: number): number => Math.floor(nanoseconds / 1e3);
export const percent = (part: number, whole: number): string =>
  ((part / Math.max(whole, 1)) * 100).toFixed(1);
export const inMebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
export const shape = (dimensions: readonly (number | string)[] | null | undefined): string =>
  dimensions ? `[${dimensions.join(', ')}]` : 'unknown';
