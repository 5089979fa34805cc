import type { Grid } from './grid.js';
import type { Style } from './style.js';
import { fit, fitRight, printable, textWidth } from './text-cells.js';

/** Text in one style. */
export type Span = readonly [text: string, style?: Style];

/** One line of a screen. */
export interface Row {
  readonly spans: readonly Span[];
  /** Spans at the right end. */
  readonly right?: readonly Span[];
  readonly isSelected?: boolean;
}

export const row = (...spans: readonly Span[]): Row => ({ spans });

/** Foreign or own text in exactly so many cells. */
export const column = (text: unknown, width: number): string => fit(printable(text), width);

export const columnRight = (text: unknown, width: number): string => fitRight(printable(text), width);

/** Draws rows into a part of the screen; what does not fit is cut. */
export function drawRows(
  grid: Grid,
  rows: readonly Row[],
  { x = 0, y, width }: { x?: number; y: number; width: number },
): void {
  rows.forEach(({ spans, right = [], isSelected = false }, index) => {
    const end = x + width;
    const rightWidth = right.reduce((sum, [text]) => sum + textWidth(printable(text)), 0);
    drawSpans(grid, spans, x, y + index, rightWidth === 0 ? end : end - rightWidth - 1);
    drawSpans(grid, right, Math.max(x, end - rightWidth), y + index, end);
    if (isSelected) grid.invert(y + index, x, end);
  });
}

function drawSpans(grid: Grid, spans: readonly Span[], x: number, y: number, end: number): void {
  let next = x;
  for (const [text, style = ''] of spans) next = grid.write(next, y, text, style, end);
}
