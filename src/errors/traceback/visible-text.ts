import { stripVTControlCharacters } from 'node:util';

/** What Ray adds to lines that several processes have printed. */
const REPEATED = / ?\[repeated \d{1,9}x across cluster\].{0,300}$/;

/** Returns the text of a line that a terminal shows: without colors, after the last carriage return, and without the count of repeats. */
export function visibleText(raw: string): string {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const visible = line.includes('\x1b') ? stripVTControlCharacters(line) : line;
  const shown = visible.slice(visible.lastIndexOf('\r') + 1);
  return shown.includes('x across cluster]') ? shown.replace(REPEATED, '') : shown;
}
