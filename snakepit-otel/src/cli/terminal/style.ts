import { styleText } from 'node:util';

type Format =
  | 'bold'
  | 'dim'
  | 'inverse'
  | 'underline'
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan';

/** Formats of a cell, from the terminal's own 16 colors; the background stays the user's. Empty is plain. */
export type Style = '' | Format | `${Format} ${Format}` | `${Format} ${Format} ${Format}`;

/** Returns text with the sequences of a style. */
export type Painter = (text: string, style: Style) => string;

type Formats = Parameters<typeof styleText>[0];

const COLORS: ReadonlySet<string> = new Set(['red', 'green', 'yellow', 'blue', 'magenta', 'cyan']);

const paintWith = (text: string, formats: readonly string[]): string =>
  formats.length === 0 ? text : styleText(formats as unknown as Formats, text, { validateStream: false });

/** All formats. */
export const paintColors: Painter = (text, style) => paintWith(text, style === '' ? [] : style.split(' '));

/** Without colors, for `NO_COLOR`: bold and inverse remain, which the selection needs. */
export const paintMonochrome: Painter = (text, style) =>
  paintWith(
    text,
    style.split(' ').filter((format) => format !== '' && !COLORS.has(format)),
  );
