import { statSync } from 'node:fs';

/** Returns true if a file exists that is newer than all its sources. */
export function isUpToDate(output, sources) {
  const builtAt = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((source) => statSync(source).mtimeMs < builtAt);
}
