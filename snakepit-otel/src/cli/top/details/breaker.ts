import { column, row } from '../../terminal/row.js';
import { formatAge, formatCount, formatDuration, formatTime } from '../format.js';
import { listOf } from '../lists.js';
import { breakerState } from '../panels/breakers.js';
import { titleRow } from '../panels/panel.js';
import { factRows, scrolled } from './text.js';
import { type DetailView, goneRow } from './view.js';

/** A pool and its breaker: counts, and each change of state. */
export const breakerDetail: DetailView = (context, id, width, height) => {
  const { state, view, now } = context;
  const found = listOf('breakers', state, { ...view, query: '' }).find(({ name }) => name === id);
  if (found === undefined) return [goneRow('pool')];
  const { name, pool, breaker } = found;
  const shown = breaker && breakerState(breaker.state);
  const changes = breaker?.transitions.toReversed() ?? [];
  const rows = [
    ...(breaker === undefined || shown === undefined
      ? []
      : [
          row(
            [` ${column('state', 18)} `, 'dim'],
            [shown.text, shown.style],
            [`  since ${formatTime(breaker.since)}`],
          ),
          ...factRows([
            ['failures', formatCount(breaker.failures)],
            ['successes', formatCount(breaker.successes)],
            ['rejected', formatCount(breaker.rejected)],
          ]),
        ]),
    ...(pool === undefined
      ? []
      : factRows([
          ['workers', pool.workers],
          ['busy', pool.busy],
          ['queued', pool.queued],
          [
            'oldest queued',
            pool.oldestQueuedMs === undefined ? undefined : formatDuration(pool.oldestQueuedMs),
          ],
          ['requests', formatCount(pool.requests)],
          ['errors', formatCount(pool.errors)],
          ['retries', formatCount(pool.retries)],
          ['restarts', formatCount(pool.restarts)],
          ['last event', `${formatAge(now - pool.lastEvent)} ago`],
        ])),
    ...(changes.length === 0 ? [] : [row([` ${column('CHANGED', 10)} ${column('STATE', 14)}LASTED`, 'dim'])]),
    ...changes.map(({ ts, state: changed }, index) => {
      const { text, style } = breakerState(changed);
      const until = changes[index - 1]?.ts ?? now;
      return row(
        [` ${column(formatTime(ts), 10)} `],
        [column(text, 14), style],
        [formatDuration(until - ts)],
      );
    }),
  ];
  return [titleRow({ name: 'Pool', note: name }, width, true), ...scrolled(rows, view, height - 1)];
};
