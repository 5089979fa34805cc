import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 without tab and line feed, and the characters that change the direction of text (Bidi_Control). */
const CLASS = String.raw`[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`;
const CONTROL = new RegExp(CLASS);
const CONTROLS = new RegExp(CLASS, 'g');

/** Removes escape sequences of terminals, control characters and bidirectional controls. Tabs and line feeds stay. */
export const withoutControls = (text: string): string =>
  CONTROL.test(text) ? stripVTControlCharacters(text).replace(CONTROLS, '') : text;
