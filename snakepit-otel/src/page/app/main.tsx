import { effect } from '@preact/signals';
import { render } from 'preact';
import { followErrors } from './errors/selection.js';
import { followEventQuery } from './panels/events.js';
import { App } from './shell/app.js';
import { listenToKeys } from './shell/keys.js';
import { announce, route, start, store } from './state.js';
import { followSelection } from './traces/selection.js';

const root = document.getElementById('app');
if (root !== null) {
  start();
  followSelection();
  followErrors();
  followEventQuery();
  listenToKeys();
  announceProblems();
  scrollToRoute();
  render(<App />, root);
}

/** Announces a problem when it appears. */
function announceProblems(): void {
  let known = new Set<string>();
  effect(() => {
    const problems = store.problems.value;
    const added = problems.find(({ id }) => !known.has(id));
    known = new Set(problems.map(({ id }) => id));
    if (added !== undefined) announce(`${added.title}. ${added.cause}`);
  });
}

/** Scrolls to the part that an address names, when it changes and when the first data are there. */
function scrollToRoute(): void {
  const ids: Readonly<Record<string, string>> = {
    gpu: 'gpus',
    trace: 'traces',
    error: 'errors',
    breaker: 'breakers',
    pool: 'pools',
    events: 'events',
    delivery: 'delivery',
  };
  effect(() => {
    const { section, id } = route.value;
    if (store.host.value === undefined || section === 'now') return;
    requestAnimationFrame(() => {
      const card = section === 'gpu' && id !== undefined ? document.getElementById(`card-${id}`) : null;
      (card ?? document.getElementById(ids[section] ?? ''))?.scrollIntoView({ block: 'nearest' });
    });
  });
}
