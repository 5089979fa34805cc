import { type Row, row } from '../../terminal/row.js';
import type { Context } from '../context.js';

/** Rows of one thing that fills the screen. */
export type DetailView = (context: Context, id: string, width: number, height: number) => readonly Row[];

/** Returns the row of what is not kept any more. */
export const goneRow = (what: string): Row =>
  row([` This ${what} is not kept any more. Esc goes back.`, 'dim']);
