import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useState } from 'preact/hooks';

/** Up to so many rows, all are elements. */
const WINDOWED_FROM = 60;
const OVERSCAN = 8;

/** Returns which rows of a scrolling element are in sight, as `first` and the one after the last. */
export function useWindow(
  element: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  headerHeight = 0,
) {
  const [range, setRange] = useState({ first: 0, last: WINDOWED_FROM });
  const update = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = element.current ?? {};
    const top = Math.floor(scrollTop / rowHeight / OVERSCAN) * OVERSCAN;
    const first = Math.max(0, top - OVERSCAN);
    const last = top + Math.ceil((clientHeight - headerHeight) / rowHeight) + 2 * OVERSCAN;
    setRange((before) => (before.first === first && before.last === last ? before : { first, last }));
  }, [element, rowHeight, headerHeight]);

  useLayoutEffect(() => {
    if (count <= WINDOWED_FROM || element.current === null) return;
    update();
    const resize = new ResizeObserver(update);
    resize.observe(element.current);
    return () => resize.disconnect();
  }, [count > WINDOWED_FROM, update]);

  if (count <= WINDOWED_FROM) return { first: 0, last: count, onScroll: undefined };
  const last = Math.min(count, range.last);
  return { first: Math.min(range.first, Math.max(0, last - 1)), last, onScroll: update };
}
