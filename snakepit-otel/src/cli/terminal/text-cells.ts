import { withoutControls } from 'opentelemetry-instrumentation-snakepit/internal';

/** Text of characters that each occupy one cell: Latin, and the symbols of our own. Most text is. */
const SIMPLE = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2026\u2190-\u2199\u2500-\u25fc\u2714\u2716]*$/;
const LINE_ENDS = /[\t\n\v\f\r\u2028\u2029]+/g;
/** Occupies no cell of its own: combining marks, joiners, variation selectors. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]$/u;
const COMBINING = /^[\p{Mn}\p{Me}]$/u;
/** Half of the fullwidth block is as narrow as Latin letters. */
const HALFWIDTH = /^[\uff61-\uffdc\uffe8-\uffee\u303f]$/;
/** East Asian Wide and Fullwidth (UAX #11), by scripts, and emoji. */
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\u30fc\u31c0-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]$/u;
/** Marks of one character that are kept: text may stack thousands. */
const MAX_MARKS = 2;

/** A character as a terminal shows it: with its marks, in one or two cells. */
export interface TextCell {
  readonly text: string;
  readonly width: 1 | 2;
}

/** Returns foreign text on one line that does nothing to a terminal but show characters. */
export const printable = (value: unknown): string => {
  const text = typeof value === 'string' ? value : String(value ?? '');
  return SIMPLE.test(text) ? text : withoutControls(text.replace(LINE_ENDS, ' ')).toWellFormed();
};

let segmenter: Intl.Segmenter | undefined;

/**
 * Splits text into what occupies cells. Joined emoji become their first one, since terminals disagree on their width; marks
 * without a character disappear.
 */
export function textCells(text: string): TextCell[] {
  if (SIMPLE.test(text)) return Array.from(text, (char) => ({ text: char, width: 1 }));
  segmenter ??= new Intl.Segmenter();
  const cells: TextCell[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const [base = '', ...rest] = segment;
    if (ZERO_WIDTH.test(base)) continue;
    const marks = rest.filter((char) => COMBINING.test(char)).slice(0, MAX_MARKS);
    cells.push({ text: base + marks.join(''), width: WIDE.test(base) && !HALFWIDTH.test(base) ? 2 : 1 });
  }
  return cells;
}

/** Returns the number of cells that a text occupies. */
export const textWidth = (text: string): number =>
  SIMPLE.test(text) ? text.length : textCells(text).reduce((sum, { width }) => sum + width, 0);

/** Returns the text in exactly so many cells: cut with `ellipsis` at its end, or filled with spaces. */
export function fit(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  const missing = width - textWidth(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  let used = 0;
  let kept = '';
  for (const cell of textCells(text)) {
    if (used + cell.width > width - 1) break;
    kept += cell.text;
    used += cell.width;
  }
  return kept + ellipsis + ' '.repeat(width - 1 - used);
}

/** Returns the text at the right end of so many cells. */
export function fitRight(text: string, width: number): string {
  const missing = width - textWidth(text);
  return missing >= 0 ? ' '.repeat(missing) + text : fit(text, width);
}
