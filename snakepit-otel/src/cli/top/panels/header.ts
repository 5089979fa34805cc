import type { Problem } from '../../../page/contract.js';
import { column, columnRight, type Row, row, type Span } from '../../terminal/row.js';
import { printable, textWidth } from '../../terminal/text-cells.js';
import type { Context } from '../context.js';
import { formatAge, formatCount, formatDuration, formatTime } from '../format.js';

const MAX_PROBLEMS = 3;
const MAX_TITLE = 32;

/** Returns the line at the top: the host, and whether what is shown is of now. */
export function headerRow({ state, connection, now, missed, intervalMs }: Context, width: number): Row {
  const { name, platform, version } = state.host;
  const right: Span[] = [...status(connection, missed, intervalMs), [`  ${formatTime(now)} `]];
  const spans: Span[] = [[' snakepit-otel top', 'bold'], [name === '' ? '' : `  ${name}`]];
  let free = width - rowWidth(spans) - rowWidth(right) - 1;
  for (const fact of [connection.origin, version && `version ${version}`, platform]) {
    const text = ` · ${fact}`;
    if (fact === '' || textWidth(printable(text)) > free) continue;
    spans.push([text, 'dim']);
    free -= textWidth(printable(text));
  }
  return { spans, right };
}

const rowWidth = (spans: readonly Span[]) =>
  spans.reduce((sum, [text]) => sum + textWidth(printable(text)), 0);

function status(
  { state, since }: Context['connection'],
  missed: number | undefined,
  intervalMs: number,
): Span[] {
  if (state === 'lost') {
    return [['✖', 'red'], [' lost', 'bold red'], [` ${formatAge(Date.now() - since)}, retrying`]];
  }
  if (state === 'connecting')
    return [
      ['○', 'dim'],
      [' connecting', 'bold'],
    ];
  if (missed !== undefined)
    return [['▲', 'yellow'], [' Paused', 'bold yellow'], [`, ${formatCount(missed)} new`]];
  return [['●', 'green'], [' live', 'bold'], [` ${formatDuration(intervalMs).replace('.00', '')}`]];
}

/** Returns one line for each of the worst problems; one that states there is none. */
export function problemRows({ state, connection, now }: Context): Row[] {
  if (connection.state === 'lost') {
    return [row([' ✖ ', 'bold red'], [connection.reason ?? 'The agent is not reached.'])];
  }
  if (!state.isLoaded) return [row([' Waiting for the agent.', 'dim'])];
  const { problems } = state;
  if (problems.length === 0) return [row([' ✔ ', 'green'], ['Nothing is wrong'])];
  const shown = problems.slice(0, MAX_PROBLEMS);
  const titleWidth = Math.min(MAX_TITLE, Math.max(...shown.map(({ title }) => textWidth(printable(title)))));
  return shown.map((problem, index) => problemRow(problem, index + 1, now, titleWidth));
}

function problemRow(
  { severity, title, cause, since }: Problem,
  key: number,
  now: number,
  titleWidth: number,
): Row {
  const isError = severity === 'error';
  return {
    spans: [
      [` ${isError ? '✖' : '▲'} ${column(title, titleWidth)}`, isError ? 'bold red' : 'bold yellow'],
      [` ${columnRight(formatAge(now - since), 5)}  `],
      [cause],
    ],
    right: [[`[${key}]`, 'dim']],
  };
}
