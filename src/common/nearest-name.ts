/** Longest name that is compared. */
const MAX_LENGTH = 100;
/** Shortest beginning that stands for a name. */
const MIN_BEGINNING = 4;

/**
 * Returns the allowed name that is most like `name`, for a "did you mean" in a message; undefined if none is alike.
 *
 * @param name the name that was given
 * @param maxDistance characters to change. @default a third of them; also, one of both names may be the beginning of the other
 */
export function nearestName(
  name: string,
  allowed: Iterable<string>,
  maxDistance?: number,
): string | undefined {
  if (name === '' || name.length > MAX_LENGTH) return undefined;
  let nearest: string | undefined;
  const [given, isBeginning] = [name.toLowerCase(), maxDistance === undefined ? isBeginningOf : () => false];
  let least = (maxDistance ?? Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of allowed) {
    const other = candidate.toLowerCase();
    const difference = Math.abs(other.length - given.length);
    const isAlike = isBeginning(given, other) || isBeginning(other, given);
    if (!isAlike && difference >= least) continue;
    // Of several that begin alike, the one with the closest length.
    const distance = isAlike ? Math.min(1, difference) + difference / 1000 : editDistance(given, other);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

const isBeginningOf = (beginning: string, name: string): boolean =>
  beginning.length >= MIN_BEGINNING && name.startsWith(beginning);

/** Returns the number of characters to insert, drop, replace or swap with a neighbor. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
