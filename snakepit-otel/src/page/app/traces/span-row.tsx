import type { SpanRow } from '../../client/span-rows.js';
import type { Span, SpanEvent } from '../../contract.js';
import { formatDuration, formatGib, formatJoules } from '../format.js';
import { isOom } from '../gpus/status.js';
import { Badge } from '../shell/icon.js';
import { shortName, spanCategory, spanNote } from './span-labels.js';
import { shortError } from './trace-list.js';

const MOST_EVENTS = 40;

interface SpanRowProps {
  readonly row: SpanRow;
  readonly index: number;
  readonly rowIndex: number;
  readonly top: number;
  readonly start: number;
  readonly total: number;
  readonly isFolded: boolean;
  readonly isSelected: boolean;
  readonly onSelect: (row: SpanRow) => void;
  readonly onFold: (row: SpanRow, isFolded: boolean) => void;
}

export function SpanRowView({
  row,
  index,
  rowIndex,
  top,
  start,
  total,
  isFolded,
  isSelected,
  onSelect,
  onFold,
}: SpanRowProps) {
  const { span, level, hasChildren } = row;
  const isError = span.status === 'error';
  const note = spanNote(span, row.parent);
  const place = (ts: number) => `${Math.min(100, Math.max(0, ((ts - start) / total) * 100))}%`;
  return (
    <div
      id={`span-${index}`}
      class={`wfrow k-${spanCategory(span)}${isError ? ' err' : ''}${isSelected ? ' sel' : ''}`}
      role="row"
      aria-level={level}
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      aria-expanded={hasChildren ? !isFolded : undefined}
      tabIndex={-1}
      style={{ top: `${top}px` }}
      onClick={() => onSelect(row)}
    >
      <span role="rowheader" class="nm" style={{ paddingLeft: `${(level - 1) * 12}px` }}>
        <i
          class={hasChildren ? `twist${isFolded ? ' folded' : ''}` : 'twist leaf'}
          onClick={(event) => {
            if (!hasChildren) return;
            event.stopPropagation();
            onFold(row, !isFolded);
          }}
        />
        <em title={span.name}>{shortName(span.name)}</em>
        {isError && isSource(span) && <Badge level="bad">{shortError(span.statusMessage)}</Badge>}
        {note !== '' && <small class="dim">{note}</small>}
      </span>
      <span role="gridcell" class="track">
        <b style={{ left: place(span.start), width: `${Math.min(100, (span.ms / total) * 100)}%` }} />
        {span.events.slice(0, MOST_EVENTS).map((event, position) => (
          <u
            key={position}
            class={isBad(event) ? 'bad' : ''}
            title={`${event.name}, ${formatDuration(event.ts - start)}`}
            style={{ left: place(event.ts) }}
          />
        ))}
      </span>
      <span role="gridcell" class="num">
        {formatDuration(span.ms)}
      </span>
      <span role="gridcell" class="num">
        {span.joules === undefined ? '' : formatJoules(span.joules)}
      </span>
      <span role="gridcell" class="num">
        {span.peakMemory === undefined ? '' : `${formatGib(span.peakMemory)} GiB`}
      </span>
    </div>
  );
}

/** True if the span has the error itself, not only its child. */
function isSource({ events, statusMessage }: Span): boolean {
  return (statusMessage ?? '') !== '' || events.some(({ name }) => /exception|oom/i.test(name));
}

function isBad({ name, attributes }: SpanEvent): boolean {
  return (
    /exception|error|opened|exited|lost|timeout/i.test(name) ||
    isOom({ kind: name, type: String(attributes['exception.type'] ?? '') })
  );
}
