import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type SpanRow, spanRows } from '../../client/span-rows.js';
import type { Trace } from '../../contract.js';
import { isOom } from '../gpus/status.js';
import { useWindow } from '../shell/use-window.js';
import { navigate } from '../state.js';
import { GpuLane } from './gpu-lane.js';
import { Ruler } from './ruler.js';
import { shownSpan } from './selection.js';
import { SpanRowView } from './span-row.js';
import { roundTicks } from './ticks.js';

export const SPAN_ROW_HEIGHT = 25;
const MOST_LANES = 4;

/** Spans of a trace over time, below the readings of its GPUs. */
export function Waterfall({ trace }: { readonly trace: Trace }) {
  const grid = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => spanRows(trace.spans, folded), [trace, folded]);
  const lanes = Object.entries(trace.gpus).slice(0, MOST_LANES);
  const headerHeight = 20 + lanes.length * 54;
  const { first, last, onScroll } = useWindow(grid, rows.length, SPAN_ROW_HEIGHT, headerHeight);
  const shown = shownSpan(trace);
  const position = rows.findIndex(({ span }) => span === shown);
  const { start } = trace.head;
  const total = useMemo(() => traceLength(trace), [trace]);
  const ticks = useMemo(() => roundTicks(total, 7), [total]);
  const step = ticks.length > 1 ? `${((ticks[1] ?? 0) / total) * 100}%` : '100%';
  const head = useMemo(
    () => (
      <div class="wfhead2" role="rowgroup">
        <Ruler ticks={ticks} total={total} />
        {lanes.map(([device, series]) => (
          <GpuLane
            key={device}
            trace={trace}
            device={device}
            series={series}
            marks={oomMarks(trace, device)}
          />
        ))}
      </div>
    ),
    [trace, ticks],
  );

  useEffect(() => {
    const element = grid.current;
    if (element === null || position < 0) return;
    const top = position * SPAN_ROW_HEIGHT;
    const room = element.clientHeight - headerHeight - SPAN_ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
  }, [position, trace.head.id]);

  const select = ({ span }: SpanRow) => navigate({ section: 'trace', id: trace.head.id, span: span.id });
  const fold = (row: SpanRow, isFolded: boolean) => {
    const next = new Set(folded);
    if (isFolded) next.add(row.span.id);
    else next.delete(row.span.id);
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[position];
    const target = keyTarget(event.key, rows, position, folded);
    if (target === 'fold' || target === 'unfold') {
      if (row !== undefined) fold(row, target === 'fold');
    } else if (target !== undefined) select(target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // A row that stays in sight stays the same element, which Preact does not compare again.
  const kept = useMemo(() => ({ rows: new Map<number, JSX.Element>() }), [rows, position, total]);
  const shownRows = rows.slice(first, last).map((row, offset) => {
    const index = first + offset;
    return (
      kept.rows.get(index) ?? (
        <SpanRowView
          key={row.span.id}
          row={row}
          index={index}
          rowIndex={index + 2 + lanes.length}
          top={index * SPAN_ROW_HEIGHT}
          start={start}
          total={total}
          isFolded={folded.has(row.span.id)}
          isSelected={index === position}
          onSelect={select}
          onFold={fold}
        />
      )
    );
  });
  kept.rows = new Map(shownRows.map((row, offset) => [first + offset, row]));

  return (
    <div
      id="waterfall"
      class="wfgrid"
      role="treegrid"
      aria-label={`Spans of trace ${trace.head.id.slice(0, 8)}, ${trace.spans.length} spans`}
      aria-rowcount={rows.length + 1 + lanes.length}
      tabIndex={0}
      aria-activedescendant={position >= first && position < last ? `span-${position}` : undefined}
      ref={grid}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      style={{ '--step': step }}
    >
      {head}
      <div role="rowgroup" class="wfrows" style={{ height: `${rows.length * SPAN_ROW_HEIGHT}px` }}>
        {shownRows}
      </div>
    </div>
  );
}

/** Length of the time axis: to the end of the last span or event. */
function traceLength({ head, spans }: Trace): number {
  let end = head.ms;
  for (const span of spans) end = Math.max(end, span.start + span.ms - head.start);
  return Math.max(end, 0.001);
}

function keyTarget(key: string, rows: readonly SpanRow[], position: number, folded: ReadonlySet<string>) {
  const row = rows[position];
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return rows[Math.min(rows.length - 1, position + 1)];
    case 'ArrowUp':
    case 'k':
      return rows[Math.max(0, position - 1)];
    case 'Home':
      return rows[0];
    case 'End':
      return rows.at(-1);
    case 'ArrowLeft':
    case 'h':
      if (row === undefined) return undefined;
      if (row.hasChildren && !folded.has(row.span.id)) return 'fold';
      return rows.find(({ span }) => span === row.parent);
    case 'ArrowRight':
    case 'l':
      if (row?.hasChildren !== true) return undefined;
      return folded.has(row.span.id) ? 'unfold' : rows[position + 1];
    case 'n':
      return rows.find(({ span }, index) => index > position && span.status === 'error');
    default:
      return undefined;
  }
}

function oomMarks({ head, spans }: Trace, device: string): number[] {
  return spans
    .filter((span) => span.device === undefined || span.device === device)
    .flatMap(({ events }) => events)
    .filter(({ name, attributes }) => isOom({ kind: name, type: String(attributes['exception.type'] ?? '') }))
    .map(({ ts }) => ts - head.start);
}
