import { route, store } from '../state.js';
import type { Section } from './route.js';

const TABS: readonly (readonly [Tab, string, string])[] = [
  ['now', 'Now', '#/'],
  ['traces', 'Traces', '#/trace'],
  ['errors', 'Errors', '#/error'],
  ['events', 'Events', '#/events'],
  ['delivery', 'Delivery', '#/delivery'],
];
export type Tab = 'now' | 'traces' | 'errors' | 'events' | 'delivery';

/** Returns the tab of a phone that has a section. */
export function tabOf(section: Section): Tab {
  switch (section) {
    case 'trace':
      return 'traces';
    case 'error':
      return 'errors';
    case 'events':
    case 'delivery':
      return section;
    default:
      return 'now';
  }
}

/** Tabs at the bottom, on phones only. */
export function Tabs() {
  const current = tabOf(route.value.section);
  const counts: Partial<Record<Tab, number>> = {
    errors: store.errors.value.length,
    delivery: store.delivery.value.filter(({ state }) => state === 'failing').length,
  };
  return (
    <nav class="tabs" aria-label="Sections">
      {TABS.map(([tab, label, href]) => (
        <a key={tab} href={href} aria-current={tab === current ? 'page' : undefined}>
          {label}
          {(counts[tab] ?? 0) > 0 && <b>{counts[tab]}</b>}
        </a>
      ))}
    </nav>
  );
}
