import { possibleShapes } from './secret-shapes.js';

/** Characters that are scanned; text beyond is not exported. */
const MAX_SCANNED = 64 * 1024;
/** Characters at the end of a cut text that may be half of a secret. */
const MAX_TOKEN = 4096;

/**
 * Redacts secrets in free text: private keys; passwords and keys in assignments, JSON, headers, cookies and arguments; logins
 * and signatures in URLs; and tokens of known services.
 */
export function redact(text: string): string {
  let redacted = text.length > MAX_SCANNED ? cut(text) : text;
  for (const { occursIn, pattern, replacement } of possibleShapes(redacted)) {
    if (occursIn?.(redacted) !== false) redacted = redacted.replace(pattern, replacement as string);
  }
  return redacted;
}

/** Cuts a text between two words: half of a secret has no shape. */
function cut(text: string): string {
  for (let end = MAX_SCANNED; end > MAX_SCANNED - MAX_TOKEN; end--) {
    if (/\s/.test(text.charAt(end - 1))) return text.slice(0, end);
  }
  return text.slice(0, MAX_SCANNED - MAX_TOKEN);
}
