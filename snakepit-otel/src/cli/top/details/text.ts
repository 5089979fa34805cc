import { column, type Row, type Span } from '../../terminal/row.js';
import type { ViewState } from '../view-state.js';

/** Returns `name value` pairs, one in a row; those without a value are left out. */
export function factRows(facts: readonly (readonly [name: string, value: unknown])[], nameWidth = 18): Row[] {
  return facts.flatMap(([name, value]) => {
    const text = valueText(value);
    if (text === '') return [];
    const spans: Span[] = [[` ${column(name, nameWidth)} `, 'dim'], [text]];
    return [{ spans }];
  });
}

const valueText = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : String(value ?? '');

/** Returns the part of the rows from the view's offset on, which it keeps within the rows: only here their number is known. */
export function scrolled(rows: readonly Row[], view: ViewState, height: number): readonly Row[] {
  view.offset = Math.max(0, Math.min(view.offset, rows.length - height));
  return rows.slice(view.offset, view.offset + height);
}
