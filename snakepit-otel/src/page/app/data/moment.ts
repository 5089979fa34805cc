import type { Range, Snapshot } from '../../contract.js';

/** A moment of the past, as the server keeps it. */
export interface Moment {
  readonly snapshot: Snapshot;
  /** False if readings of this time are not kept any more. */
  readonly isKept: boolean;
}

/** Fetches the state at a moment. Resolves with undefined if the server does not answer with it. @param at ms since 1970 */
export async function fetchMoment(range: Range, at: number): Promise<Moment | undefined> {
  try {
    const response = await fetch(`api/v1/snapshot?range=${range}&at=${at}`);
    if (!response.ok) return undefined;
    const snapshot: Snapshot = await response.json();
    const now = Date.parse(response.headers.get('date') ?? '') || Date.now();
    return { snapshot, isKept: at > now - snapshot.limits.seconds * 1000 };
  } catch {
    return undefined;
  }
}
