import type { TraceHead } from '../../contract.js';

export const TRACE_FILTERS = ['all', 'errors', 'slow', 'costly'] as const;
export type TraceFilter = (typeof TRACE_FILTERS)[number];

export const FILTER_LABELS: Readonly<
  Record<TraceFilter, { readonly label: string; readonly title: string }>
> = {
  all: { label: 'All', title: 'Newest first' },
  errors: { label: 'Errors', title: 'Traces with an error, newest first' },
  slow: { label: 'Slow', title: 'Longest first' },
  costly: { label: 'Costly', title: 'Most GPU energy first' },
};

/** Selects and orders heads, which come with the newest first. */
export function filterTraces(heads: readonly TraceHead[], filter: TraceFilter): readonly TraceHead[] {
  switch (filter) {
    case 'all':
      return heads;
    case 'errors':
      return heads.filter(({ status }) => status === 'error');
    case 'slow':
      return heads.toSorted((one, other) => other.ms - one.ms);
    case 'costly':
      return heads
        .filter(({ joules }) => joules !== undefined)
        .toSorted((one, other) => (other.joules ?? 0) - (one.joules ?? 0));
  }
}
