import type { ParsedPythonError } from './python-error.js';

/** What a placeholder stands for. */
export type Kind = 'bytes' | 'device' | 'integer' | 'shape' | 'word';

/** What stands for a placeholder. */
export interface Found {
  readonly key: string;
  readonly kind: Kind;
  readonly text: string;
}

/** Reads the placeholders of a message that is worded like the template. */
export type Template = (error: ParsedPythonError) => readonly Found[] | undefined;

// Every repetition is bounded, so that a message made to hurt costs no more than its length.
const DIMENSION = '(?:-?\\d{1,15}|none|\\?|\\*)';
const PATTERNS: Readonly<Record<Kind, (name: string) => string>> = {
  bytes: (name) => `(?<${name}>\\d[\\d.,]{0,24} ?(?:[kmgtp]i?b|bytes?|[kmgtp](?![a-z])|b(?![a-z]))?)`,
  device: (name) =>
    `['"(]?(?:/[\\w:/]{0,100}device:)?(?<${name}>torch\\.(?:\\w{2,4}\\.)?\\w{3,9}tensor|(?:cuda|cpu|mps|xpu|hip)[a-z0-9]{2,9}type|(?:cuda|cpu|gpu|mps|xpu|hip|rocm|meta|tpu|npu|hpu|mlu|vulkan)(?:(?::| device )\\d{1,4})?)\\b['")]?`,
  integer: (name) => `(?<${name}>-?\\d{1,15})`,
  shape: (name) =>
    ` ?[[({]{0,2}(?:torch\\.size)?(?:tensorshape)?[[({]{0,2}(?<${name}>${DIMENSION}(?: ?[,x] ?${DIMENSION}?){0,15})[\\])}]{0,3}`,
  word: (name) =>
    `[('"\`{<]{0,2}(?:(?:struct|class) |(?:tensor|dtype)\\(['"]?)?(?<${name}>[\\w<][\\w.:<>/-]{0,120})[)'"\`]{0,3}`,
};
const GAP = '.{0,160}?';
const PARTS = /\{(\w+)(?::(\w+))?\}|…/;

/**
 * Compiles the wording of a message. `{key}` is a placeholder of the kind that `kinds` gives and `{key:kind}` of
 * another one, `…` is up to 160 characters of anything, the rest is literal; upper and lower case are the same.
 *
 * @throws TypeError for a placeholder of no kind
 */
export function template(wording: string, kinds: Readonly<Record<string, Kind>>): Template {
  const placeholders: { key: string; kind: Kind }[] = [];
  const literals: string[] = [];
  let source = '';
  let rest = wording;
  for (let part = PARTS.exec(rest); part !== null; part = PARTS.exec(rest)) {
    const [token, key, kind = kinds[key ?? '']] = part;
    const literal = rest.slice(0, part.index);
    rest = rest.slice(part.index + token.length);
    literals.push(literal);
    source += escaped(literal);
    if (key === undefined) {
      source += GAP;
      continue;
    }
    if (!isKind(kind)) throw new TypeError(`No kind for {${key}}. Keys: ${Object.keys(kinds).join(', ')}.`);
    placeholders.push({ key, kind });
    source += PATTERNS[kind](key);
  }
  literals.push(rest);
  const pattern = new RegExp(source + escaped(rest), 'i');
  const longest = literals.reduce((a, b) => (b.length > a.length ? b : a)).toLowerCase();
  return ({ message, lowerMessage }) => {
    // Almost every wording is ruled out here, at the cost of a substring search.
    if (!lowerMessage.includes(longest)) return undefined;
    const match = pattern.exec(message);
    if (match === null) return undefined;
    return placeholders.map(({ key, kind }) => ({ key, kind, text: match.groups?.[key] ?? '' }));
  };
}

/** What the first of these templates that fits reads. */
export function first(
  templates: readonly Template[],
  error: ParsedPythonError,
): readonly Found[] | undefined {
  for (const read of templates) {
    const found = read(error);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isKind = (kind: string | undefined): kind is Kind => kind !== undefined && kind in PATTERNS;

const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
