import { navigate } from '../state.js';
import type { Section } from './route.js';

/** Parts of the page that are on another tab of a phone than the first. */
const SECTIONS: Readonly<Record<string, Section>> = {
  'trace-list': 'trace',
  'error-list': 'error',
  'event-list': 'events',
  'event-search': 'events',
  delivery: 'delivery',
};

/** Moves the focus to the first of these elements that is in the page, and scrolls to it. */
export function focusPart(...ids: string[]): void {
  const section = SECTIONS[ids[0] ?? ''];
  if (section !== undefined && matchMedia('(max-width: 760px)').matches) navigate({ section });
  requestAnimationFrame(() => {
    const element = ids.map((id) => document.getElementById(id)).find((candidate) => candidate !== null);
    if (element == null) return;
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest' });
  });
}
