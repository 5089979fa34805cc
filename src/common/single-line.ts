import { withoutControls } from './control-characters.js';
import { redact } from './redact.js';
import { serialize } from './serialize.js';

/** Characters of a structure that are serialized before secrets are redacted. */
const MAX_STRUCTURE = 16 * 1024;

/**
 * Returns any value as one line of at most `limit` characters for people and terminals: without control characters, and with
 * secrets redacted. Never throws.
 *
 * @param limit characters. @default 256
 */
export function singleLine(value: unknown, limit = 256): string {
  const text = typeof value === 'string' ? value : serialize(value, MAX_STRUCTURE);
  const line = withoutControls(redact(text).replace(/\s+/g, ' '));
  return (line.length > limit ? `${line.slice(0, limit - 1)}…` : line).toWellFormed();
}
