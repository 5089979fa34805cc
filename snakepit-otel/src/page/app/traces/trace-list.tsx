import type { TraceHead } from '../../contract.js';
import { formatDuration, formatJoules, plural } from '../format.js';
import { Age } from '../shell/age.js';
import { Badge } from '../shell/icon.js';
import { RowList } from '../shell/row-list.js';
import { store } from '../state.js';
import { FILTER_LABELS, TRACE_FILTERS } from './filters.js';
import { filter, selectedTrace, selectTrace, shownTraces } from './selection.js';

const ROW_HEIGHT = 45;

export function TraceFilters() {
  const errors = store.traces.value.filter(({ status }) => status === 'error').length;
  return (
    <span class="seg small" role="group" aria-label="Traces shown">
      {TRACE_FILTERS.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={filter.value === name}
          title={FILTER_LABELS[name].title}
          onClick={() => {
            filter.value = name;
          }}
        >
          {FILTER_LABELS[name].label}
          {name === 'errors' && errors > 0 && <b> {errors}</b>}
        </button>
      ))}
    </span>
  );
}

export function TraceList() {
  const heads = shownTraces.value;
  if (heads.length === 0) return <p class="none dim">No trace of this kind</p>;
  const longest = heads.reduce((most, { ms }) => Math.max(most, ms), 1);
  return (
    <RowList
      id="trace-list"
      class="trlist"
      label={`Traces, ${plural(heads.length, 'row')}`}
      rows={heads}
      rowHeight={ROW_HEIGHT}
      selected={selectedTrace.value}
      keyOf={(head) => head.id}
      onSelect={(head) => selectTrace(head.id)}
      onOpen={() => document.getElementById('waterfall')?.focus()}
    >
      {(head) => <TraceRow head={head} longest={longest} />}
    </RowList>
  );
}

function TraceRow({ head, longest }: { readonly head: TraceHead; readonly longest: number }) {
  const isError = head.status === 'error';
  return (
    <>
      <span class="t1">
        <span class="tn">{head.name}</span>
        {isError && <Badge level="bad">{shortError(head.error)}</Badge>}
        <span class="grow" />
        <span class="num">{formatDuration(head.ms)}</span>
      </span>
      <span class="t2 dim">
        <span class="tb">
          <i class={isError ? 'err' : ''} style={{ width: `${(head.ms / longest) * 100}%` }} />
        </span>
        <span class="num">{head.joules === undefined ? '' : formatJoules(head.joules)}</span>
        <span class="num ago">
          <Age since={head.start + head.ms} />
        </span>
      </span>
    </>
  );
}

/** Returns a word for an error that fits into a badge. */
export function shortError(error = ''): string {
  if (/out of memory|oom/i.test(error)) return 'OOM';
  if (/time(d)?\s?out|deadline/i.test(error)) return 'timeout';
  return 'error';
}
