/** Supported versions of a library, with their prereleases. */
export interface VersionRange {
  /** First supported version. */
  readonly from: string;
  /** First version that is no longer supported. */
  readonly below: string;
}

/** Returns the range in the syntax of npm. */
export const rangeText = ({ from, below }: VersionRange): string => `>=${from} <${below}`;

/** @param version version in the manifest of a package, which may start with `v` */
export function isInRange(version: string, { from, below }: VersionRange): boolean {
  const digits = version.replace(/^v/, '');
  return compare(digits, from) >= 0 && compare(digits, below) < 0;
}

const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
