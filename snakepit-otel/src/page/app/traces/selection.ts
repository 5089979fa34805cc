import { computed, effect, type Signal, signal } from '@preact/signals';
import type { Span, Trace } from '../../contract.js';
import { Details } from '../data/details.js';
import { navigate, route, store } from '../state.js';
import { filterTraces, type TraceFilter } from './filters.js';

export const traceDetails = new Details<Trace>('traces');
export const filter: Signal<TraceFilter> = signal('all');
export const shownTraces = computed(() => filterTraces(store.traces.value, filter.value));

/** The trace that is shown while the address names none: the newest error, else the newest; it stays until it is dropped. */
const automatic: Signal<string | undefined> = signal(undefined);

export const selectedTrace = computed(() => {
  const { section, id } = route.value;
  return section === 'trace' && id !== undefined ? id : automatic.value;
});
export const selectedSpan = computed(() => (route.value.section === 'trace' ? route.value.span : undefined));

export function selectTrace(id: string): void {
  automatic.value = id;
  navigate({ section: 'trace', id });
}

/** Starts fetching the trace that is selected, again when it has more spans. */
export function followSelection(): void {
  effect(() => {
    const heads = store.traces.value;
    const known = automatic.peek();
    if (known !== undefined && heads.some(({ id }) => id === known)) return;
    automatic.value = (heads.find(({ status }) => status === 'error') ?? heads[0])?.id;
  });
  effect(() => {
    const id = selectedTrace.value;
    if (id === undefined) return;
    const head = store.traces.value.find((candidate) => candidate.id === id);
    void traceDetails.show(id, head === undefined ? '' : `${head.spans} ${head.ms} ${head.status}`);
  });
}

/** The span of the address, else the one that the error of the trace comes from. */
export function shownSpan({ head, spans }: Trace): Span | undefined {
  const id = selectedSpan.value;
  if (id !== undefined) return spans.find((span) => span.id === id);
  return head.status === 'error' ? errorSource(spans) : undefined;
}

/** Returns the last span with an error: its parents have the error from it. */
export function errorSource(spans: readonly Span[]): Span | undefined {
  return spans.findLast(({ status }) => status === 'error');
}
