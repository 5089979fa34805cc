import type { ParsedPythonError } from './python-error.js';

/** Type of the value that a placeholder matches. */
export type PlaceholderKind = 'bytes' | 'device' | 'integer' | 'shape' | 'word';

/** Text that a placeholder matched. */
export interface PlaceholderValue {
  readonly key: string;
  readonly kind: PlaceholderKind;
  readonly text: string;
}

/** Returns the values of the placeholders, or `undefined` if the message does not match. */
export type Template = (error: ParsedPythonError) => readonly PlaceholderValue[] | undefined;

// Every repetition is bounded: matching takes time linear in the length of the message, whatever it contains.
const DIMENSION = '(?:-?\\d{1,15}|none|\\?|\\*)';
const PATTERNS: Readonly<Record<PlaceholderKind, (name: string) => string>> = {
  bytes: (name) => `(?<${name}>\\d[\\d.,]{0,24} ?(?:[kmgtp]i?b|bytes?|[kmgtp](?![a-z])|b(?![a-z]))?)`,
  device: (name) =>
    `['"(]?(?:/[\\w:/]{0,100}device:)?(?<${name}>torch\\.(?:\\w{2,4}\\.)?\\w{3,9}tensor|(?:cuda|cpu|mps|xpu|hip)[a-z0-9]{2,9}type|(?:cuda|cpu|gpu|mps|xpu|hip|rocm|meta|tpu|npu|hpu|mlu|vulkan)(?:(?::| device )\\d{1,4})?)\\b['")]?`,
  integer: (name) => `(?<${name}>-?\\d{1,15})`,
  shape: (name) =>
    ` ?[[({]{0,2}(?:torch\\.size)?(?:tensorshape)?[[({]{0,2}(?<${name}>${DIMENSION}(?: ?[,x] ?${DIMENSION}?){0,15})[\\])}]{0,3}`,
  word: (name) =>
    `[('"\`{<]{0,2}(?:(?:struct|class) |(?:tensor|dtype)\\(['"]?)?(?<${name}>(?:un)?signed char|[\\w<][\\w.:<>/-]{0,120})[)'"\`]{0,3}`,
};
const GAP = '.{0,160}?';
const TOKEN = /\{(\w+)(?::(\w+))?\}|…/;

/**
 * Compiles the template of a message. `{key}` is a placeholder of the kind `kinds[key]`, `{key:kind}` overrides the kind, `…` matches
 * up to 160 characters. The rest is literal. Case is ignored.
 *
 * @throws TypeError for an unknown placeholder or kind
 */
export function compileTemplate(text: string, kinds: Readonly<Record<string, PlaceholderKind>>): Template {
  const placeholders: { key: string; kind: PlaceholderKind }[] = [];
  const literals: string[] = [];
  let source = '';
  let rest = text;
  for (let match = TOKEN.exec(rest); match !== null; match = TOKEN.exec(rest)) {
    const [token, key, kind] = match;
    const literal = rest.slice(0, match.index);
    rest = rest.slice(match.index + token.length);
    literals.push(literal);
    source += escapeLiteral(literal);
    if (key === undefined) {
      source += GAP;
      continue;
    }
    const placeholder = { key, kind: resolveKind(key, kind, kinds) };
    placeholders.push(placeholder);
    source += PATTERNS[placeholder.kind](key);
  }
  literals.push(rest);
  const pattern = new RegExp(source + escapeLiteral(rest), 'i');
  const longestLiteral = literals.reduce((a, b) => (b.length > a.length ? b : a)).toLowerCase();
  return ({ message, lowerMessage }) => {
    // A substring search rules out almost every template without the cost of a regular expression.
    if (!lowerMessage.includes(longestLiteral)) return undefined;
    const match = pattern.exec(message);
    if (match === null) return undefined;
    return placeholders.map(({ key, kind }) => ({ key, kind, text: match.groups?.[key] ?? '' }));
  };
}

/** Returns the placeholder values of the first template that matches. */
export function firstMatch(
  templates: readonly Template[],
  error: ParsedPythonError,
): readonly PlaceholderValue[] | undefined {
  for (const match of templates) {
    const values = match(error);
    if (values !== undefined) return values;
  }
  return undefined;
}

function resolveKind(
  key: string,
  override: string | undefined,
  kinds: Readonly<Record<string, PlaceholderKind>>,
): PlaceholderKind {
  const kind = override ?? kinds[key];
  if (kind === undefined) {
    throw new TypeError(`Unknown placeholder {${key}}. Allowed: ${Object.keys(kinds).join(', ')}.`);
  }
  if (isKind(kind)) return kind;
  throw new TypeError(
    `Unknown kind in placeholder {${key}:${kind}}. Allowed: ${Object.keys(PATTERNS).join(', ')}.`,
  );
}

const isKind = (kind: string): kind is PlaceholderKind => Object.hasOwn(PATTERNS, kind);

const escapeLiteral = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
