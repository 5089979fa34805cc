import { RANGES, type Range } from '../../contract.js';
import { copyReport } from '../errors/errors.js';
import { errorDetails, selectedError, stepError } from '../errors/selection.js';
import { hasShortcuts, navigate, openDialog, route, setPaused, setRange, store } from '../state.js';
import { toggleTheme } from '../theme.js';
import { selectedTrace, selectTrace, shownTraces, traceDetails } from '../traces/selection.js';
import { copyOtlp } from '../traces/trace-view.js';
import { copyText } from './copy.js';
import { focusPart } from './focus.js';

const ACTIONS: Readonly<Record<string, () => void>> = {
  '?': () => {
    openDialog.value = 'help';
  },
  x: () => {
    openDialog.value = 'export';
  },
  p: () => setPaused(!store.isPaused.peek()),
  m: toggleTheme,
  '[': () => stepRange(-1),
  ']': () => stepRange(1),
  g: () => focusPart('gpus'),
  t: () => focusPart('trace-list', 'traces'),
  e: () => focusPart('error-list', 'errors'),
  b: () => focusPart('breakers'),
  v: () => focusPart('event-list', 'events'),
  d: () => focusPart('delivery'),
  '1': () => focusPart('problem-1'),
  '2': () => focusPart('problem-2'),
  '3': () => focusPart('problem-3'),
  '/': () => focusPart('event-search'),
  j: () => stepTrace(1),
  k: () => stepTrace(-1),
  n: () => stepError(false),
  N: () => stepError(true),
  y: () => void copyText((isError() ? selectedError.peek()?.id : selectedTrace.peek()) ?? '', 'ID copied'),
  Y: copyJson,
  Escape: goBack,
};

/** Handles single keys that no control has taken. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (openDialog.peek() !== undefined) return;
    const action = ACTIONS[event.key];
    if (action === undefined) return;
    if (event.key === 'Escape') {
      goBack();
      return;
    }
    if (!hasShortcuts.peek() || isField(event.target)) return;
    event.preventDefault();
    action();
  });
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

function isError(): boolean {
  return route.peek().section === 'error';
}

function goBack(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  navigate({ section: 'now' });
}

function stepRange(step: number): void {
  const ranges = Object.keys(RANGES) as Range[];
  const next = ranges[ranges.indexOf(store.range.peek()) + step];
  if (next !== undefined) setRange(next);
}

function stepTrace(step: number): void {
  const heads = shownTraces.peek();
  const position = heads.findIndex(({ id }) => id === selectedTrace.peek());
  const next = heads[Math.max(0, Math.min(heads.length - 1, position + step))];
  if (next !== undefined) selectTrace(next.id);
}

function copyJson(): void {
  if (isError()) {
    const detail = errorDetails.current.peek();
    if (detail?.state === 'ready') copyReport(detail.value);
    return;
  }
  const detail = traceDetails.current.peek();
  if (detail?.state === 'ready') copyOtlp(detail.value);
}
