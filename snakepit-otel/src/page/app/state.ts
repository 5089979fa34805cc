import { batch, computed, effect, type Signal, signal } from '@preact/signals';
import { RANGES, type Range } from '../contract.js';
import { LiveStore } from './data/store.js';
import { type ConnectionState, LiveStream } from './data/stream.js';
import { COSTS, frames } from './frame-queue.js';
import { readSetting, writeSetting } from './settings.js';
import { formatRoute, parseRoute, type Route } from './shell/route.js';

export const store = new LiveStore((publish) => frames.add(publish, COSTS.gpu));
export const connection: Signal<ConnectionState> = signal({ kind: 'connecting' });
/** Time of the server, once a second; stands still while paused. */
export const now: Signal<number> = signal(Date.now());
export const route: Signal<Route> = signal(parseRoute(location.hash));
/** Text of the live region. */
export const announcement: Signal<string> = signal('');
/** True if single keys are shortcuts. */
export const hasShortcuts: Signal<boolean> = signal(readSetting('shortcuts') !== 'off');
export const rangeMs = computed(() => RANGES[store.range.value]);
export const gpuInterval = computed(() => store.host.value?.gpuIntervalMs ?? 1000);
export const openDialog: Signal<'help' | 'export' | undefined> = signal(undefined);

const initialRange = route.peek().query.range ?? readSetting('range');
const stream = new LiveStream(
  initialRange !== null && initialRange in RANGES ? (initialRange as Range) : '15m',
  {
    open: (url) => new EventSource(url),
    onMessage: (name, data) => {
      store.apply(name, data);
      requestPublish();
    },
    onState: (state) => {
      connection.value = state;
    },
    explain,
  },
);

let isRequested = false;
function requestPublish(): void {
  if (isRequested || document.hidden) return;
  isRequested = true;
  requestAnimationFrame(() => {
    isRequested = false;
    // Together, what shows ages is rendered once.
    batch(() => {
      store.publish();
      if (performance.now() - movedAt >= SHORTEST_SECOND_MS) moveTime();
    });
  });
}

/** Time moves with the readings, which come once a second, or by itself. */
const SHORTEST_SECOND_MS = 900;
const LONGEST_SECOND_MS = 1200;
let movedAt = 0;
function moveTime(): void {
  if (store.isPaused.peek()) return;
  movedAt = performance.now();
  now.value = store.serverTime();
}

/** Starts what runs for the life of the page. */
export function start(): void {
  setInterval(() => {
    if (performance.now() - movedAt >= LONGEST_SECOND_MS) moveTime();
  }, 500);
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
  });
  document.addEventListener('visibilitychange', () => {
    stream.setVisible(!document.hidden);
    requestPublish();
  });
  effect(() => {
    if (store.host.value !== undefined) now.value = store.serverTime();
  });
  effect(() => writeSetting('shortcuts', hasShortcuts.value ? 'on' : 'off'));
  effect(() => {
    const { name } = store.host.value ?? { name: '' };
    const count = store.problems.value.length;
    const problems = count === 0 ? '' : `${count} problem${count === 1 ? '' : 's'} · `;
    document.title = `${problems}${name === '' ? '' : `${name} · `}Snakepit live`;
  });
}

export function setRange(range: Range): void {
  if (range === store.range.peek()) return;
  store.range.value = range;
  writeSetting('range', range);
  stream.setRange(range);
}

export function setPaused(isPaused: boolean): void {
  store.setPaused(isPaused);
  if (!isPaused) now.value = store.serverTime();
}

/** Changes the address, which selects what is shown. */
export function navigate(next: Partial<Route>): void {
  const hash = formatRoute(next);
  if (hash === location.hash) return;
  history.pushState(undefined, '', hash);
  route.value = parseRoute(hash);
}

let announcedAt = 0;
let announceTimer: ReturnType<typeof setTimeout> | undefined;
/** Announces a text to screen readers, at most twice a second; the last one wins. */
export function announce(text: string): void {
  clearTimeout(announceTimer);
  const wait = Math.max(0, announcedAt + 500 - Date.now());
  announceTimer = setTimeout(() => {
    announcedAt = Date.now();
    announcement.value = text;
  }, wait);
}

async function explain(): Promise<string | undefined> {
  try {
    const { status } = await fetch('api/v1/snapshot?range=5m', { method: 'HEAD' });
    if (status === 401 || status === 403)
      return 'The server asks for its token: open the address that it printed.';
    if (status === 421) return 'The server does not know this host name: start it with --allow-host.';
    if (status === 503) return 'Too many pages are open on this server.';
    return status < 400 ? undefined : `The server answered ${status}.`;
  } catch {
    return undefined;
  }
}
