import { column, columnRight, type Row, row } from '../../terminal/row.js';
import type { Context } from '../context.js';
import { formatAge, formatGib } from '../format.js';
import { type ProcessRow, placeOf, processRows, processStyle } from '../processes.js';
import type { Panel } from './panel.js';

const HEADING = ` ${columnRight('PID', 7)}  ${column('DEVICE', 8)}${columnRight('GiB', 6)}  `;

export const processesPanel: Panel = {
  title: () => ({ name: 'Processes', note: 'by memory' }),
  minimum: 2,
  wanted: ({ state }) => 1 + Math.max(1, processRows(state).length),
  rows: (context, width, height) => processTable(processRows(context.state), context, width, height),
};

/** Returns the heading and a row for each process that fits. */
export function processTable(
  processes: readonly ProcessRow[],
  context: Context,
  width: number,
  height: number,
): Row[] {
  const nameWidth = Math.min(40, Math.max(18, Math.floor(width * 0.22)));
  if (processes.length === 0)
    return [row([' None holds memory, or the driver does not report them.', 'dim'])];
  return [
    row([`${HEADING}${column('COMMAND', nameWidth + 3)}WHERE`, 'dim']),
    ...processes.slice(0, height - 1).map((process) => processRow(process, context, nameWidth)),
  ];
}

function processRow(process: ProcessRow, { now, state }: Context, nameWidth: number): Row {
  const { pid, device, memory, command = 'unnamed', goneAt } = process;
  const isGone = goneAt !== undefined;
  return row(
    [` ${columnRight(String(pid), 7)}  ${column(device, 8)}`, isGone ? 'dim' : ''],
    [columnRight(isGone ? '0.0' : formatGib(memory), 6), isGone ? 'dim' : 'bold'],
    ['  '],
    ['■', processStyle(process, state)],
    [` ${column(command, nameWidth)} `, isGone ? 'dim' : ''],
    ...(isGone
      ? ([
          [`ended ${formatAge(now - goneAt)} ago`, 'red'],
          [memory === undefined ? '' : ` · held ${formatGib(memory)} GiB`, 'dim'],
          [placeOf(process) === '' ? '' : ` · ${placeOf(process)}`, 'dim'],
        ] as const)
      : ([[placeOf(process), 'dim']] as const)),
  );
}
