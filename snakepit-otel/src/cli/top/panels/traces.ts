import type { TraceHead } from '../../../page/contract.js';
import { column, columnRight, type Row, row } from '../../terminal/row.js';
import type { Context } from '../context.js';
import { formatAge, formatCount, formatDuration, formatGib, formatJoules } from '../format.js';
import { listOf } from '../lists.js';
import { listRows, type Panel } from './panel.js';

const HEADING = ` ${columnRight('AGE', 5)} ${columnRight('TIME', 8)} ${columnRight('ENERGY', 9)} ${columnRight('PEAK', 9)}  ${column('STATUS', 11)}NAME`;
const COLUMNS_WIDTH = 47;

export const tracesPanel: Panel = {
  title: ({ state, view }) => {
    const shown = listOf('traces', state, view);
    const failed = shown.filter(({ status }) => status === 'error').length;
    return { name: 'Traces', note: `${formatCount(shown.length)} kept · ${formatCount(failed)} with errors` };
  },
  minimum: 2,
  wanted: ({ state, view }) => 1 + Math.max(1, listOf('traces', state, view).length),
  rows: (context, width, height) => {
    const rows = listOf('traces', context.state, context.view);
    if (rows.length === 0) {
      return [row([context.view.query === '' ? ' No trace has arrived yet.' : ' No trace matches.', 'dim'])];
    }
    const longest = rows.reduce((most, { ms }) => Math.max(most, ms), 1);
    const nameWidth = Math.max(12, Math.min(48, Math.floor((width - COLUMNS_WIDTH) * 0.6)));
    const barWidth = Math.max(0, Math.min(40, width - COLUMNS_WIDTH - nameWidth - 2));
    return [
      row([HEADING, 'dim']),
      ...listRows('traces', context, height - 1, (head) =>
        traceRow(head, context, { longest, nameWidth, barWidth }),
      ),
    ];
  },
};

interface Layout {
  readonly longest: number;
  readonly nameWidth: number;
  readonly barWidth: number;
}

function traceRow(head: TraceHead, { now }: Context, { longest, nameWidth, barWidth }: Layout): Row {
  const { name, start, ms, status, error, joules, peakMemory } = head;
  const isError = status === 'error';
  const style = isError ? 'red' : 'green';
  const peak = peakMemory === undefined ? '–' : `${formatGib(peakMemory)} GiB`;
  return row(
    [` ${columnRight(formatAge(now - start - ms), 5)} ${columnRight(formatDuration(ms), 8)}`],
    [` ${columnRight(formatJoules(joules), 9)} ${columnRight(peak, 9)}  `],
    [column(isError ? `✖ ${shortError(error)}` : '✔ ok', 10), style],
    [` ${column(name, nameWidth)} `],
    [
      '━'.repeat(barWidth === 0 ? 0 : Math.max(1, Math.round((ms / longest) * barWidth))),
      isError ? 'red' : 'blue',
    ],
  );
}

/** The class of an error without its module, or its first word. */
function shortError(error = 'error'): string {
  if (/out of ?memory/i.test(error)) return 'OOM';
  const [name = ''] = error.split(/[:\s]/, 1);
  return (
    name
      .split('.')
      .at(-1)
      ?.replace(/(?<=.)(?:Error|Exception)$/, '') || 'error'
  );
}
