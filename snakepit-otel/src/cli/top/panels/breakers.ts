import type { Breaker } from '../../../page/contract.js';
import { column, columnRight, type Row, row, type Span } from '../../terminal/row.js';
import type { Style } from '../../terminal/style.js';
import type { Context } from '../context.js';
import { ABSENT, formatCount, formatDuration, formatWhole } from '../format.js';
import { listOf, type PoolRow } from '../lists.js';
import { rangeText } from './gpus.js';
import { listRows, type Panel } from './panel.js';

type State = Breaker['state'];

/** A queue whose oldest call waits longer is marked, ms. */
const LONG_WAIT_MS = 10_000;
const STATES: Readonly<Record<State, { text: string; style: Style; strip: string; stripStyle: Style }>> = {
  open: { text: '✖ open', style: 'bold red', strip: '█', stripStyle: 'red' },
  half_open: { text: '▲ half-open', style: 'bold yellow', strip: '▒', stripStyle: 'yellow' },
  closed: { text: '✔ closed', style: 'green', strip: '─', stripStyle: 'green' },
};
const NUMBERS_WIDTH = 30;

export const breakersPanel: Panel = {
  title: ({ state }) => ({ name: 'Pools', note: `breaker over ${rangeText(state.range)}` }),
  minimum: 1,
  wanted: ({ state, view }) => 1 + Math.max(1, listOf('breakers', state, view).length),
  rows: (context, width, height) => {
    const rows = listOf('breakers', context.state, context.view);
    if (rows.length === 0) return [row([' No pool and no circuit breaker has reported yet.', 'dim'])];
    const nameWidth = Math.max(8, Math.min(24, 2 + Math.max(...rows.map(({ name }) => name.length))));
    const strip = Math.max(8, Math.min(72, width - 14 - nameWidth - NUMBERS_WIDTH - 1));
    const heading = row([
      ` ${column('POOL', nameWidth)}${column('BREAKER', 13)}${column(rangeText(context.state.range).toUpperCase(), strip)}${numbers('BUSY', 'QUEUE', 'OLDEST', 'RETRIES')}`,
      'dim',
    ]);
    const hasHeading = height > rows.length;
    const lines = listRows('breakers', context, hasHeading ? height - 1 : height, (item) =>
      poolRow(item, context, nameWidth, strip),
    );
    return hasHeading ? [heading, ...lines] : lines;
  },
};

const numbers = (busy: string, queue: string, oldest: string, retries: string) =>
  columnRight(busy, 7) + columnRight(queue, 7) + columnRight(oldest, 8) + columnRight(retries, 8);

function poolRow({ name, pool, breaker }: PoolRow, context: Context, nameWidth: number, width: number): Row {
  const state = breaker && breakerState(breaker.state);
  const { busy, workers, queued, oldestQueuedMs, retries } = pool ?? {};
  const isLate = (oldestQueuedMs ?? 0) > LONG_WAIT_MS;
  return row(
    [` ${column(name, nameWidth)}`, 'bold'],
    [column(state?.text ?? ABSENT, 13), state?.style ?? 'dim'],
    ...(breaker === undefined ? ([[' '.repeat(width)]] as const) : breakerStrip(breaker, context, width)),
    [
      columnRight(
        workers === undefined && busy === undefined ? ABSENT : `${busy ?? ABSENT}/${workers ?? ABSENT}`,
        7,
      ),
    ],
    [columnRight(formatWhole(queued), 7), isLate ? 'yellow' : ''],
    [
      columnRight(oldestQueuedMs === undefined ? ABSENT : formatDuration(oldestQueuedMs), 8),
      isLate ? 'yellow' : '',
    ],
    [columnRight(retries === undefined ? ABSENT : formatCount(retries), 8)],
  );
}

export const breakerState = (state: State) => STATES[state] ?? STATES.closed;

/** The states over the range: a part in which it was open shows that, however short it was. */
function breakerStrip(
  { state, since, transitions }: Breaker,
  { state: live, now }: Context,
  width: number,
): Span[] {
  const length = live.rangeMs / width;
  const start = (Math.floor(now / length) + 1 - width) * length;
  const parts = new Array<State | undefined>(width).fill(undefined);
  const changes = transitions.length > 0 ? transitions : [{ ts: since, state }];
  changes.forEach((change, index) => {
    const first = Math.max(0, Math.floor((change.ts - start) / length));
    const last = Math.min(width - 1, Math.floor(((changes[index + 1]?.ts ?? now) - start) / length));
    for (let part = first; part <= last; part += 1) parts[part] = worse(parts[part], change.state);
  });
  return mergeSpans(
    parts.map((part) =>
      part === undefined ? [' '] : [breakerState(part).strip, breakerState(part).stripStyle],
    ),
  );
}

const worse = (a: State | undefined, b: State): State =>
  a === 'open' || b === 'open' ? 'open' : a === 'half_open' || b === 'half_open' ? 'half_open' : 'closed';

function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const [text, style] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && last[1] === style) merged[merged.length - 1] = [last[0] + text, style];
    else merged.push([text, style]);
  }
  return merged;
}
