import { column, type Row, row, type Span } from '../../terminal/row.js';
import { printable, textWidth } from '../../terminal/text-cells.js';
import type { Context } from '../context.js';

/** Keys of the bar, the most useful first: those at the end are left out where there is no room. */
const BAR: readonly (readonly [key: string, action: string])[] = [
  ['q', 'quit'],
  ['?', 'help'],
  ['p', 'pause'],
  ['/', 'search'],
  ['Enter', 'open'],
  ['Tab', 'list'],
  ['[ ]', 'range'],
  ['y', 'copy'],
  ['n N', 'error'],
];

const HELP: readonly (readonly [keys: string, action: string])[] = [
  ['g t e', 'GPUs, traces, errors'],
  ['b v d', 'pools and breakers, events, delivery'],
  ['Tab', 'next list of the overview; Shift-Tab: the one before'],
  ['1 2 3', 'go to a problem'],
  ['Up Down j k', 'select a row; PgUp, PgDn, Home and End as well'],
  ['Enter', 'open the selected row'],
  ['Left Right h l', 'fold and unfold spans'],
  ['Esc', 'back'],
  ['/', 'search the lists; Esc ends it'],
  ['n N', 'next and previous error'],
  ['p', 'pause drawing; data still arrives'],
  ['[ ]', 'shorter and longer range: 5 min, 15 min, 1 h'],
  ['y Y', 'copy the id, or everything as JSON (OSC 52)'],
  ['x', 'write the list to a new file, as JSON'],
  ['Ctrl-Z', 'stop; fg continues'],
  ['q Ctrl-C', 'quit'],
];

/** Returns the line at the bottom: the search, what was done last, or the keys. */
export function keyRow({ view }: Context, width: number): Row {
  if (view.isTyping)
    return row(
      [' /', 'bold'],
      [printable(view.query)],
      [' ', 'inverse'],
      ['  Enter keeps it, Esc ends it', 'dim'],
    );
  const prefix: Span[] = [];
  if (view.notice !== undefined) prefix.push([` ${printable(view.notice)} `, 'bold']);
  else if (view.query !== '') prefix.push([` search: ${printable(view.query)} `, 'bold yellow']);
  const spans = [...prefix];
  let used = prefix.reduce((sum, [text]) => sum + textWidth(text), 0);
  for (const [key, action] of BAR) {
    const added = key.length + action.length + 5;
    if (used + added > width) break;
    spans.push([' '], [` ${key} `, 'inverse'], [` ${action} `]);
    used += added;
  }
  return { spans };
}

export const helpRows = (): Row[] =>
  HELP.map(([keys, action]) => row([`  ${column(keys, 16)}`, 'bold'], [action]));
