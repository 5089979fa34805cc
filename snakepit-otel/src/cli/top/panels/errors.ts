import { column, columnRight, row } from '../../terminal/row.js';
import { formatAge, formatCount } from '../format.js';
import { listOf } from '../lists.js';
import { listRows, type Panel } from './panel.js';

export const errorsPanel: Panel = {
  title: ({ state, view }) => {
    const rows = listOf('errors', state, view);
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    return {
      name: 'Errors',
      note: rows.length === 0 ? '' : `${formatCount(total)} at ${formatCount(rows.length)} places`,
    };
  },
  minimum: 1,
  wanted: ({ state, view }) => 1 + Math.max(1, listOf('errors', state, view).length),
  rows: (context, width, height) => {
    const { state, view, now } = context;
    if (listOf('errors', state, view).length === 0) {
      return [row([view.query === '' ? ' None.' : ' No error matches.', 'dim'])];
    }
    const typeWidth = Math.max(16, Math.min(36, Math.floor(width * 0.24)));
    const whereWidth = Math.max(8, Math.min(24, Math.floor(width * 0.14)));
    return [
      row([
        ` ${columnRight('AGE', 5)} ${columnRight('COUNT', 6)}  ${column('ERROR', typeWidth)} ${column('WHERE', whereWidth)} MESSAGE`,
        'dim',
      ]),
      ...listRows('errors', context, height - 1, ({ ts, count, kind, type, message, device, pool, worker }) =>
        row(
          [` ${columnRight(formatAge(now - ts), 5)} ${columnRight(formatCount(count), 6)}  `],
          [column(`✖ ${kind === 'oom' ? 'out of memory' : type || kind}`, typeWidth), 'red'],
          [` ${column([device, worker ?? pool].filter(Boolean).join(' '), whereWidth)} `],
          [message],
        ),
      ),
    ];
  },
};
