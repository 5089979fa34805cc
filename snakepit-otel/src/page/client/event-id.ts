import type { EventRow } from '../contract.js';

/** Events have no id: rows are objects that stay the same while they are kept. */
const ids = new WeakMap<EventRow, string>();
let lastId = 0;

/** Returns an id that the row has as long as it is kept. */
export function eventId(event: EventRow): string {
  const known = ids.get(event);
  if (known !== undefined) return known;
  lastId += 1;
  ids.set(event, `${lastId}`);
  return `${lastId}`;
}
