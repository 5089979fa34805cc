import type { EventRow } from '../../../page/contract.js';
import { column, row } from '../../terminal/row.js';
import type { Style } from '../../terminal/style.js';
import { formatCount, formatTime } from '../format.js';
import { listOf } from '../lists.js';
import { listRows, type Panel } from './panel.js';

const LEVELS: Readonly<Record<EventRow['level'], { text: string; style: Style }>> = {
  error: { text: '✖ error', style: 'red' },
  warn: { text: '▲ warn', style: 'yellow' },
  info: { text: '  info', style: '' },
  debug: { text: '  debug', style: 'dim' },
};

export const eventsPanel: Panel = {
  title: ({ state, view }) => ({
    name: 'Events',
    note: `${formatCount(listOf('events', state, view).length)} kept`,
  }),
  minimum: 1,
  wanted: ({ state, view }) => Math.max(1, listOf('events', state, view).length),
  rows: (context, width, height) => {
    const { state, view } = context;
    if (listOf('events', state, view).length === 0) {
      return [row([view.query === '' ? ' None has arrived yet.' : ' No event matches.', 'dim'])];
    }
    const nameWidth = width < 100 ? 0 : Math.min(40, Math.floor(width * 0.28));
    return listRows('events', context, height, ({ ts, level, name, text }) => {
      const { text: word, style } = levelOf(level);
      return row(
        [` ${formatTime(ts)}  `, 'dim'],
        [column(word, 9), style],
        [nameWidth === 0 ? '' : `${column(name, nameWidth)} `, 'dim'],
        [text],
      );
    });
  },
};

export const levelOf = (level: EventRow['level']) => LEVELS[level] ?? LEVELS.info;
