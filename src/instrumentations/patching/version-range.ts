/** Supported versions of a library. */
export interface VersionRange {
  /** First supported version. */
  readonly from: string;
  /** First version that is no longer supported. */
  readonly below: string;
}

/** Returns the range in the syntax of npm. */
export const rangeText = ({ from, below }: VersionRange): string => `>=${from} <${below}`;

export const isInRange = (version: string, { from, below }: VersionRange): boolean =>
  compare(version, from) >= 0 && compare(version, below) < 0;

const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
