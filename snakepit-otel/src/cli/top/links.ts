import { eventId } from '../../page/client/event-id.js';
import type { LiveState } from './model/live-state.js';
import type { Detail, Section, ViewState } from './view-state.js';

const KINDS: Readonly<Record<string, Detail['kind']>> = {
  gpu: 'gpu',
  trace: 'trace',
  error: 'error',
  breaker: 'breaker',
  pool: 'breaker',
};
const SECTIONS_OF: Readonly<Record<string, Section>> = {
  gpus: 'gpus',
  gpu: 'gpus',
  traces: 'traces',
  errors: 'errors',
  breakers: 'breakers',
  pools: 'breakers',
  events: 'events',
  delivery: 'delivery',
};

/** Shows what a link of the page leads to, such as `#/gpu/cuda:0` or `#/events?q=oom`. */
export function followLink(view: ViewState, link: string): void {
  const [path = '', query = ''] = link.replace(/^#\//, '').split('?', 2);
  const [part = '', id] = path.split('/').map(decode);
  const kind = KINDS[part];
  view.section = SECTIONS_OF[part];
  view.detail = kind !== undefined && id ? { kind, id } : undefined;
  view.offset = 0;
  view.query = new URLSearchParams(query).get('q') ?? view.query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns what Enter opens at a row of a list. */
export function detailOf(section: Section, id: string, { events }: LiveState): Detail | undefined {
  switch (section) {
    case 'gpus':
      return { kind: 'gpu', id };
    case 'traces':
      return { kind: 'trace', id };
    case 'errors':
      return { kind: 'error', id };
    case 'breakers':
      return { kind: 'breaker', id };
    case 'events':
      return events.some((event) => eventId(event) === id) ? { kind: 'event', id } : undefined;
    case 'delivery':
      return undefined;
  }
}
