import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useWindow } from './use-window.js';

interface RowListProps<Row> {
  readonly id: string;
  readonly label: string;
  readonly class: string;
  readonly rows: readonly Row[];
  readonly rowHeight: number;
  readonly selected: string | undefined;
  readonly keyOf: (row: Row) => string;
  readonly onSelect: (row: Row) => void;
  /** Called on Enter. */
  readonly onOpen?: (row: Row) => void;
  readonly children: (row: Row) => ComponentChildren;
}

/** A list from which one row is selected, with the mouse or the keys ↑↓, j, k, Home, End. Only rows in sight are elements. */
export function RowList<Row>({
  id,
  label,
  rows,
  rowHeight,
  selected,
  keyOf,
  onSelect,
  onOpen,
  children,
  ...props
}: RowListProps<Row>) {
  const list = useRef<HTMLDivElement>(null);
  const { first, last, onScroll } = useWindow(list, rows.length, rowHeight);
  const position = rows.findIndex((row) => keyOf(row) === selected);
  const isRendered = position >= first && position < last;

  useEffect(() => {
    if (position >= 0 && document.activeElement === list.current)
      scrollToRow(list.current, position, rowHeight);
  }, [position, rowHeight]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = {
      ArrowDown: position + 1,
      j: position + 1,
      ArrowUp: position - 1,
      k: position - 1,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    const row = rows[next === undefined ? position : Math.max(0, Math.min(rows.length - 1, next))];
    if (row === undefined || (next === undefined && event.key !== 'Enter')) return;
    event.preventDefault();
    event.stopPropagation();
    if (next === undefined) onOpen?.(row);
    else onSelect(row);
  };

  return (
    <div
      {...props}
      id={id}
      ref={list}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={isRendered ? `${id}-${position}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div class="spacer" role="presentation" style={{ height: `${first * rowHeight}px` }} />
      {rows.slice(first, last).map((row, index) => {
        const key = keyOf(row);
        return (
          <div
            key={key}
            id={`${id}-${first + index}`}
            role="option"
            aria-selected={key === selected}
            aria-posinset={first + index + 1}
            aria-setsize={rows.length}
            class="row"
            tabIndex={-1}
            style={{ height: `${rowHeight}px` }}
            onClick={() => onSelect(row)}
          >
            {children(row)}
          </div>
        );
      })}
      <div class="spacer" role="presentation" style={{ height: `${(rows.length - last) * rowHeight}px` }} />
    </div>
  );
}

function scrollToRow(list: HTMLElement | null, position: number, rowHeight: number): void {
  if (list === null) return;
  const top = position * rowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = top + rowHeight - list.clientHeight;
}
