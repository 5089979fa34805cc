import { eventId } from '../../page/client/event-id.js';
import { deliveryKey } from '../../page/client/live-rows.js';
import type { Breaker, ErrorHead, EventRow, Pool, TraceHead } from '../../page/contract.js';
import type { DeliveryReport } from '../../sdk/delivery-report.js';
import type { LiveGpu, LiveState } from './model/live-state.js';
import type { Section, ViewState } from './view-state.js';

/** A pool with its circuit breaker, or one of them alone. */
export interface PoolRow {
  readonly name: string;
  readonly pool?: Pool;
  readonly breaker?: Breaker;
}

/** Rows of each list, in the order in which they are shown: what is newest comes first. */
export interface Lists {
  readonly gpus: readonly LiveGpu[];
  readonly traces: readonly TraceHead[];
  readonly breakers: readonly PoolRow[];
  readonly errors: readonly ErrorHead[];
  readonly events: readonly EventRow[];
  readonly delivery: readonly DeliveryReport[];
}

const IDS: { readonly [K in Section]: (row: Lists[K][number]) => string } = {
  gpus: ({ device }) => device,
  traces: ({ id }) => id,
  breakers: ({ name }) => name,
  errors: ({ id }) => id,
  events: eventId,
  delivery: deliveryKey,
};

/** Returns the rows of a list that match the search. */
export function listOf<K extends Section>(section: K, state: LiveState, { query }: ViewState): Lists[K] {
  const rows = ROWS[section](state);
  if (query === '') return rows;
  const wanted = query.toLowerCase();
  return rows.filter((row) =>
    JSON.stringify(searched(row)).toLowerCase().includes(wanted),
  ) as unknown as Lists[K];
}

/** Histories hold no text. */
const searched = (row: object): object => ({ ...row, history: undefined });

const ROWS: { readonly [K in Section]: (state: LiveState) => Lists[K] } = {
  gpus: ({ gpus }) => [...gpus.values()],
  traces: ({ traces }) => traces.toReversed(),
  breakers: (state) => poolRows(state),
  errors: ({ errors }) => errors.toReversed(),
  events: ({ events }) => events.toReversed(),
  delivery: ({ delivery }) => [...delivery.values()],
};

function poolRows({ pools, breakers }: LiveState): PoolRow[] {
  const names = new Set([...pools.keys(), ...breakers.keys()]);
  return Array.from(names, (name) => ({ name, pool: pools.get(name), breaker: breakers.get(name) }));
}

export const idsOf = <K extends Section>(section: K, rows: Lists[K]): string[] =>
  rows.map((row) => IDS[section](row as Lists[K][number] & Lists[Section][number]));

/** Returns the position of the selected row: the first one until one is selected, or if it is gone. */
export const selectedIndex = (section: Section, ids: readonly string[], { cursor }: ViewState): number =>
  Math.max(0, ids.indexOf(cursor.get(section) ?? ''));

/** Returns the part of a list that is shown: with the selected row in it. */
export function windowOf<T>(
  rows: readonly T[],
  selected: number,
  height: number,
): { first: number; shown: readonly T[] } {
  const first = Math.max(0, Math.min(selected - Math.floor(height / 2), rows.length - height));
  return { first, shown: rows.slice(first, first + height) };
}
