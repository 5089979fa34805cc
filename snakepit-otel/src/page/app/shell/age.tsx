import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { formatAge } from '../format.js';
import { COSTS, frames } from '../frame-queue.js';
import { now } from '../state.js';

/** The time since a moment, as `41 s`. When time passes, its text changes and nothing is rendered. */
export function Age({ since }: { readonly since: number }) {
  const text = useMemo(() => signal(formatAge(now.peek() - since)), [since]);
  useEffect(() => {
    const format = () => formatAge(now.peek() - since);
    const show = () => {
      text.value = format();
    };
    const stop = now.subscribe(() => {
      if (format() !== text.peek()) frames.add(show, COSTS.text);
    });
    return () => {
      stop();
      frames.delete(show);
    };
  }, [since, text]);
  return <>{text}</>;
}
