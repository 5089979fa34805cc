import { withoutControls } from './control-characters.js';
import { redact } from './redact.js';

/** Texts shorter than this are remembered. */
const REMEMBERED_LENGTHS = 64;
/** The last text of each length that needed no change: most values recur, such as the name of a pool. */
const unchanged: string[] = new Array(REMEMBERED_LENGTHS).fill('');

/**
 * Returns text that may be exported: at most `limit` characters, with secrets redacted before it is cut, without control
 * characters except tabs and line feeds, and with every surrogate paired, as encoders demand.
 */
export function cleanText(text: string, limit: number): string {
  const { length } = text;
  const isShort = length < REMEMBERED_LENGTHS;
  if (isShort && unchanged[length] === text) return text;
  const cleaned = withoutControls(redact(text));
  const exported = (cleaned.length > limit ? cleaned.slice(0, limit) : cleaned).toWellFormed();
  if (isShort && exported === text) unchanged[length] = text;
  return exported;
}
