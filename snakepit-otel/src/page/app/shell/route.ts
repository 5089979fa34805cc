import { RANGES, type Range } from '../../contract.js';

/** Part of the page that an address names, as `#/trace/ID/SPAN`. */
export interface Route {
  readonly section: Section;
  /** Identifier of the row: a device, a trace, an error, a breaker, a pool. */
  readonly id?: string;
  readonly span?: string;
  readonly query: Readonly<Record<string, string>>;
}

export const SECTIONS = ['now', 'gpu', 'trace', 'error', 'breaker', 'pool', 'events', 'delivery'] as const;
export type Section = (typeof SECTIONS)[number];

/** Reads the part of an address after `#`. An unknown one is the start of the page. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', id, span] = path.split('/').map(decode);
  const section =
    SECTIONS.find((known) => known === name || `${known}s` === name || known === `${name}s`) ?? 'now';
  return {
    section,
    id: id || undefined,
    span: span || undefined,
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function formatRoute({ section, id, span, query }: Partial<Route>): string {
  const path = [section === 'now' ? undefined : section, id, span]
    .filter((part) => part !== undefined)
    .map((part) => encodeURIComponent(part).replaceAll('%3A', ':'))
    .join('/');
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}

/** Returns the moment of an address, ms since 1970; undefined if it has none. */
export function momentOf({ query }: Route): number | undefined {
  return /^\d{12,14}$/.test(query.at ?? '') ? Number(query.at) : undefined;
}

/** Returns the range of an address; undefined if it has none that is known. */
export function rangeOf({ query }: Route): Range | undefined {
  return query.range !== undefined && Object.hasOwn(RANGES, query.range) ? (query.range as Range) : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
