import { Grid } from './grid.js';
import type { Painter, Style } from './style.js';

/** Begin and end of a frame that the terminal shows at once (mode 2026). */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';
const CLEAR = '\x1b[2J';
const ERASE_TO_END = '\x1b[K';
/** Unchanged cells that are cheaper to write again than to skip. */
const MAX_BRIDGE = 6;

/**
 * Returns what turns one screen into the next: only the cells that changed. Each run of them is placed anew, so that a terminal
 * that shows a character wider or narrower disturbs nothing after it. Empty if nothing changed.
 *
 * @param previous undefined for a screen of unknown contents
 */
export function frameBetween(previous: Grid | undefined, next: Grid, paint: Painter): string {
  const isKnown = previous?.width === next.width && previous.height === next.height;
  const before = isKnown ? previous : new Grid(next.width, next.height);
  let frame = isKnown ? '' : CLEAR;
  for (let y = 0; y < next.height; y += 1) frame += rowBetween(before, next, y, paint);
  return frame === '' ? '' : BEGIN + frame + END;
}

function rowBetween(previous: Grid, next: Grid, y: number, paint: Painter): string {
  const end = contentEnd(next, y);
  let row = '';
  for (let x = 0; x < end; ) {
    if (!isChanged(previous, next, x, y)) {
      x += 1;
      continue;
    }
    const start = next.text(x, y) === '' ? x - 1 : x;
    const stop = changedUntil(previous, next, start, y, end);
    row += moveTo(start, y) + runs(next, start, stop, y, paint);
    x = stop;
  }
  return contentEnd(previous, y) > end ? `${row}${moveTo(end, y)}${ERASE_TO_END}` : row;
}

/** Returns the end of the changed cells from `start` on, with short gaps of unchanged ones. */
function changedUntil(previous: Grid, next: Grid, start: number, y: number, end: number): number {
  let stop = start + 1;
  for (let x = stop; x < end && x - stop <= MAX_BRIDGE; x += 1) {
    if (isChanged(previous, next, x, y) || next.text(x, y) === '') stop = x + 1;
  }
  return stop;
}

const isChanged = (previous: Grid, next: Grid, x: number, y: number): boolean =>
  previous.text(x, y) !== next.text(x, y) || previous.style(x, y) !== next.style(x, y);

/** Returns the column after the last cell that is not an empty one. */
function contentEnd(grid: Grid, y: number): number {
  let end = grid.width;
  while (end > 0 && grid.text(end - 1, y) === ' ' && grid.style(end - 1, y) === '') end -= 1;
  return end;
}

function runs(grid: Grid, start: number, stop: number, y: number, paint: Painter): string {
  let painted = '';
  let text = '';
  let style: Style = '';
  for (let x = start; x < stop; x += 1) {
    const cellStyle = grid.style(x, y);
    if (cellStyle !== style) {
      if (text !== '') painted += paint(text, style);
      text = '';
      style = cellStyle;
    }
    text += grid.text(x, y);
  }
  return painted + (text === '' ? '' : paint(text, style));
}

const moveTo = (x: number, y: number): string => `\x1b[${y + 1};${x + 1}H`;
