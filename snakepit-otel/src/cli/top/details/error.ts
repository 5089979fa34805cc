import type { ErrorDetail, OutOfMemory } from '../../../page/contract.js';
import { type Row, row } from '../../terminal/row.js';
import type { Context } from '../context.js';
import { formatAge, formatCount, formatGib, formatTime } from '../format.js';
import { titleRow } from '../panels/panel.js';
import { processTable } from '../panels/processes.js';
import { wrapText } from '../wrap-text.js';
import { factRows, scrolled } from './text.js';
import { type DetailView, goneRow } from './view.js';

/** An error: where, how often, who held what memory, and the traceback. */
export const errorDetail: DetailView = (context, id, width, height) => {
  const { state, view, now } = context;
  const loaded = context.error(id);
  const head = state.errors.find((error) => error.id === id);
  if (head === undefined) return [goneRow('error')];
  const { type, kind, message, count, firstSeen, ts, device, pool, worker, place, trace } = head;
  const detail = loaded !== undefined && 'value' in loaded ? loaded.value : undefined;
  const rows: Row[] = [
    ...wrapText(message, width, 'bold'),
    ...factRows([
      ['last', `${formatTime(ts)}, ${formatAge(now - ts)} ago`],
      ['seen', `${formatCount(count)}, first at ${formatTime(firstSeen)}`],
      ['device', device],
      ['pool', pool],
      ['worker', worker],
      ['place', place],
      ['trace', trace === undefined ? undefined : `${trace}  (Enter opens it)`],
    ]),
    ...(detail?.oom === undefined ? [] : outOfMemoryRows(detail.oom, device ?? '', context, width)),
    ...(loaded !== undefined && 'failure' in loaded ? [row([` ${loaded.failure}`, 'red'])] : []),
    ...(detail === undefined ? [] : tracebackRows(detail, width)),
  ];
  const name = kind === 'oom' ? 'Out of memory' : 'Error';
  return [titleRow({ name, note: type }, width, true), ...scrolled(rows, view, height - 1)];
};

function outOfMemoryRows(oom: OutOfMemory, device: string, context: Context, width: number): Row[] {
  const { requested, free, total, allocated, reservedUnused, processes } = oom;
  const gib = (mib: number | undefined) => (mib === undefined ? undefined : `${(mib / 1024).toFixed(2)} GiB`);
  // Only then could the allocation have succeeded with less fragmentation.
  const isFragmented = reservedUnused !== undefined && requested !== undefined && reservedUnused > requested;
  return [
    titleRow({ name: 'Memory', note: total === undefined ? '' : `${formatGib(total)} GiB` }, width, false),
    ...factRows([
      ['requested', gib(requested)],
      ['free', gib(free)],
      ['allocated', gib(allocated)],
      ['reserved, unused', gib(reservedUnused)],
    ]),
    ...(isFragmented
      ? [
          row([
            ' The process reserved more than it asked for without using it: its memory is fragmented.',
            'yellow',
          ]),
        ]
      : []),
    ...processTable(
      processes.map((process) => ({ ...process, device })),
      context,
      width,
      processes.length + 1,
    ),
  ];
}

function tracebackRows({ traceback, attributes }: ErrorDetail, width: number): Row[] {
  const facts = factRows(Object.entries(attributes), 28);
  return [
    ...(facts.length === 0 ? [] : [titleRow({ name: 'Attributes', note: '' }, width, false), ...facts]),
    ...(traceback === undefined
      ? []
      : [titleRow({ name: 'Traceback', note: '' }, width, false), ...wrapText(traceback, width)]),
  ];
}
