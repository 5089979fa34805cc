import { batch, computed, effect, type Signal, signal } from '@preact/signals';
import { RANGES, type Range } from '../contract.js';
import { fetchMoment } from './data/moment.js';
import { LiveStore } from './data/store.js';
import { type ConnectionState, LiveStream } from './data/stream.js';
import { FrameQueue } from './frame-queue.js';
import { readSetting, writeSetting } from './settings.js';
import { formatRoute, momentOf, parseRoute, type Route, rangeOf } from './shell/route.js';

const gpuUpdates = new FrameQueue(4);
export const store = new LiveStore((publish) => gpuUpdates.add(publish));
export const connection: Signal<ConnectionState> = signal({ kind: 'connecting' });
/** Time of the server, once a second; stands still while paused. */
export const now: Signal<number> = signal(Date.now());
export const route: Signal<Route> = signal(parseRoute(location.hash));
/** The moment at which the page stands still, ms since 1970 by the clock of the server; undefined while it is live. */
export const moment: Signal<number | undefined> = signal(momentOf(route.peek()));
/** True if what is shown was fetched for the moment, so that nothing new is counted. */
export const isPast: Signal<boolean> = signal(false);
/** Text of the live region. */
export const announcement: Signal<string> = signal('');
/** True if single keys are shortcuts. */
export const hasShortcuts: Signal<boolean> = signal(readSetting('shortcuts') !== 'off');
export const rangeMs = computed(() => RANGES[store.range.value]);
export const gpuInterval = computed(() => store.host.value?.gpuIntervalMs ?? 1000);
export const openDialog: Signal<'help' | 'export' | undefined> = signal(undefined);

const storedRange = readSetting('range') ?? '';
store.range.value = rangeOf(route.peek()) ?? (storedRange in RANGES ? (storedRange as Range) : '15m');
/** The connection to the server; undefined until the page is live, and after it shows a moment of the past. */
let stream: LiveStream | undefined;

function connect(): void {
  stream?.close();
  stream = new LiveStream(store.range.peek(), {
    open: (url) => new EventSource(url),
    onMessage: (name, data) => {
      store.apply(name, data);
      requestPublish();
    },
    onState: (state) => {
      connection.value = state;
    },
    explain,
  });
}

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
  const first = moment.peek();
  if (first === undefined) connect();
  else void showMoment(first);
  effect(putViewIntoAddress);
  setInterval(() => {
    if (performance.now() - movedAt >= LONGEST_SECOND_MS) moveTime();
  }, 500);
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
    followAddress();
  });
  document.addEventListener('visibilitychange', () => {
    stream?.setVisible(!document.hidden);
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
  const at = moment.peek();
  if (at === undefined) stream?.setRange(range);
  else void showMoment(at);
}

export function setPaused(isPaused: boolean): void {
  if (isPaused === (moment.peek() !== undefined)) return;
  moment.value = isPaused ? Math.round(store.serverTime()) : undefined;
  store.setPaused(isPaused);
  if (isPaused) return;
  isPast.value = false;
  if (stream === undefined) connect();
  now.value = store.serverTime();
}

/** Shows a moment of the past, at which the page is paused. A server that does not answer is connected to as usual. */
async function showMoment(at: number): Promise<void> {
  moment.value = at;
  stream?.close();
  stream = undefined;
  const range = store.range.peek();
  const past = await fetchMoment(range, at);
  if (moment.peek() !== at || store.range.peek() !== range) return;
  if (past === undefined) {
    setPaused(false);
    return;
  }
  store.apply('snapshot', past.snapshot);
  store.setPaused(false);
  store.setPaused(true);
  now.value = at;
  isPast.value = true;
  if (!past.isKept) announce('The server does not keep readings of this time any more.');
}

/** Changes the address, which selects what is shown. Range and moment stay. */
export function navigate(next: Partial<Route>): void {
  const hash = formatRoute(withView(next));
  if (hash === location.hash) return;
  history.pushState(undefined, '', hash);
  route.value = parseRoute(hash);
}

/** Adds range and moment to an address: whoever opens its copy sees the same. */
export function withView(next: Partial<Route>): Partial<Route> {
  const { range: _, at: __, ...query } = next.query ?? {};
  const at = moment.value;
  return { ...next, query: { ...query, range: store.range.value, ...(at !== undefined && { at: `${at}` }) } };
}

function putViewIntoAddress(): void {
  const hash = formatRoute(withView(route.value));
  if (hash !== location.hash) history.replaceState(undefined, '', hash);
}

/** Takes range and moment from an address that was entered. Links within the page have neither, and change neither. */
function followAddress(): void {
  const entered = route.peek();
  const at = momentOf(entered);
  const range = rangeOf(entered) ?? store.range.peek();
  if (at !== undefined && at !== moment.peek()) {
    store.range.value = range;
    void showMoment(at);
  } else setRange(range);
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
    if (status === 421) return 'The server does not know this host name: add it to the option ui.allowHosts.';
    if (status === 503) return 'Too many pages are open on this server.';
    return status < 400 ? undefined : `The server answered ${status}.`;
  } catch {
    return undefined;
  }
}
