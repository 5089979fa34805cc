/** Controls that JSON leaves as they are: C1, which some terminals obey, and those that change the direction of text. */
const UNESCAPED = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Returns JSON on one line that does nothing to a terminal. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNESCAPED,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
