import { computed, effect } from '@preact/signals';
import type { ErrorDetail, ErrorHead } from '../../contract.js';
import { Details } from '../data/details.js';
import { isOom, RECENT_MS } from '../gpus/status.js';
import { navigate, route, store } from '../state.js';

export const errorDetails = new Details<ErrorDetail>('errors');

/** The error of the address, else an OOM of the last minutes, else the newest. */
export const selectedError = computed<ErrorHead | undefined>(() => {
  const { section, id } = route.value;
  const errors = store.errors.value;
  return (
    (section === 'error' ? errors.find((error) => error.id === id) : undefined) ??
    recentOom(errors) ??
    errors[0]
  );
});

function recentOom(errors: readonly ErrorHead[]): ErrorHead | undefined {
  const newest = errors[0]?.ts ?? 0;
  return errors.find((error) => isOom(error) && newest - error.ts < RECENT_MS);
}

export function selectError({ id }: ErrorHead): void {
  navigate({ section: 'error', id });
}

export function followErrors(): void {
  effect(() => {
    const { section, id } = route.value;
    const head = selectedError.value;
    const wanted = section === 'error' && id !== undefined ? id : head?.id;
    if (wanted !== undefined) void errorDetails.show(wanted, head?.id === wanted ? `${head.count}` : '');
  });
}

/** Selects the next older error, or the newest. */
export function stepError(toNewest: boolean): void {
  const errors = store.errors.peek();
  const position = errors.findIndex(({ id }) => id === selectedError.peek()?.id);
  const isShown = route.peek().section === 'error';
  const next = toNewest || !isShown ? errors[0] : errors[Math.min(errors.length - 1, position + 1)];
  if (next !== undefined) selectError(next);
}
