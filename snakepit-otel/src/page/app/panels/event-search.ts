import type { EventRow } from '../../contract.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type MinimumLevel = (typeof LEVELS)[number];

/** Selects events of at least a level whose name, text or attributes contain every word of the query. */
export function searchEvents<Row extends EventRow>(
  rows: readonly Row[],
  query: string,
  minimum: MinimumLevel,
): readonly Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const least = LEVELS.indexOf(minimum);
  if (words.length === 0 && least === 0) return rows;
  return rows.filter((row) => {
    if (LEVELS.indexOf(row.level) < least) return false;
    if (words.length === 0) return true;
    const text = searchText(row);
    return words.every((word) => text.includes(word));
  });
}

function searchText({ name, text, trace = '', attributes }: EventRow): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return `${name} ${text} ${trace} ${pairs.join(' ')}`.toLowerCase();
}
