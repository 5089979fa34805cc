import { eventId } from '../../../page/client/event-id.js';
import { row } from '../../terminal/row.js';
import { formatTime } from '../format.js';
import { levelOf } from '../panels/events.js';
import { titleRow } from '../panels/panel.js';
import { wrapText } from '../wrap-text.js';
import { factRows, scrolled } from './text.js';
import { type DetailView, goneRow } from './view.js';

/** An event with its attributes. */
export const eventDetail: DetailView = ({ state, view }, id, width, height) => {
  const event = state.events.find((row) => eventId(row) === id);
  if (event === undefined) return [goneRow('event')];
  const { ts, level, name, text, trace, span, attributes } = event;
  const { text: word, style } = levelOf(level);
  const rows = [
    row([` ${formatTime(ts)}  `, 'dim'], [word.trim(), style]),
    ...wrapText(text, width, 'bold'),
    ...factRows([['trace', trace], ['span', span], ...Object.entries(attributes)], 28),
  ];
  return [titleRow({ name: 'Event', note: name }, width, true), ...scrolled(rows, view, height - 1)];
};
