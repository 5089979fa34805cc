import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 without tab and line feed, and the characters that change the direction of text. */
const CONTROL = /(?![\t\n])\p{Cc}|\p{Bidi_Control}/u;
const CONTROLS = new RegExp(CONTROL, 'gu');

/** Removes escape sequences of terminals, control characters and bidirectional controls. Tabs and line feeds stay. */
export const withoutControls = (text: string): string =>
  CONTROL.test(text) ? stripVTControlCharacters(text).replace(CONTROLS, '') : text;
