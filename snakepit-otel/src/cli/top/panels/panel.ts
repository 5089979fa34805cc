import type { Row, Span } from '../../terminal/row.js';
import { printable, textWidth } from '../../terminal/text-cells.js';
import type { Context } from '../context.js';
import { idsOf, type Lists, listOf, selectedIndex, windowOf } from '../lists.js';
import type { Section } from '../view-state.js';

/** A part of the screen with a title. */
export interface Panel {
  readonly title: (context: Context) => { readonly name: string; readonly note: string };
  /** Rows below the title that it needs at least to be of use. */
  readonly minimum: number;
  /** Rows below the title that show everything. */
  readonly wanted: (context: Context) => number;
  /** Rows below the title that are of use where there is room left. */
  readonly generous?: (context: Context) => number;
  readonly rows: (context: Context, width: number, height: number) => readonly Row[];
}

/** A rule with a title in it. */
export function titleRow(
  { name, note }: { name: string; note: string },
  width: number,
  isFocused: boolean,
): Row {
  const spans: Span[] = [
    ['─ ', 'dim'],
    [name, isFocused ? 'bold underline' : 'bold'],
    [note === '' ? ' ' : ` ${printable(note)} `, 'dim'],
  ];
  const used = spans.reduce((sum, [text]) => sum + textWidth(text), 0);
  return { spans: [...spans, ['─'.repeat(Math.max(0, width - used)), 'dim']] };
}

/** Returns the rows of a list that fit, with the selected one among them, and marks it where the cursor is. */
export function listRows<K extends Section>(
  section: K,
  { state, view }: Context,
  height: number,
  toRow: (row: Lists[K][number]) => Row,
): Row[] {
  const rows = listOf(section, state, view);
  const ids = idsOf(section, rows);
  const selected = selectedIndex(section, ids, view);
  const { first, shown } = windowOf<Lists[K][number]>(rows, selected, height);
  const hasCursor = (view.section ?? view.focus) === section;
  return shown.map((item, index) => ({
    ...toRow(item),
    isSelected: hasCursor && first + index === selected,
  }));
}
