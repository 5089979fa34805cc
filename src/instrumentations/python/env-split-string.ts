/** Characters that a backslash stands for. */
const ESCAPES: Readonly<Record<string, string>> = {
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '#': '#',
  $: '$',
  "'": "'",
  '\\': '\\',
};
/** Name of the long option. It may be abbreviated. */
const LONG = '--split-string';
/** Length of the texts that are read. */
const MAX_LENGTH = 8192;
/** A text in quotes, an escape, spaces, a variable, or another character. `env` refuses other escapes, and `$` alone. */
const PART =
  /'((?:[^'\\]|\\.)*)'|"((?:[^"\\$]|\\[fnrtv"#$'\\_]|\$\{[A-Za-z_]\w*\})*)"|\\([fnrtv"#$'\\_c])|(\s+)|\$\{[A-Za-z_]\w*\}|[^'"\\\s$]/gs;

/** A text in the arguments of `env` that it splits into arguments. */
interface SplitString {
  readonly text: string;
  /** Number of words that hold it: one, or the option and its value. */
  readonly words: 1 | 2;
}

/**
 * Returns the text of an option `-S` of `env`; `undefined` for another option.
 *
 * @param word the option
 * @param next the word after it
 * @param takesValue returns true for a letter of an option that has a value
 */
export function splitStringOf(
  word: string,
  next: string | undefined,
  takesValue: (letter: string) => boolean,
): SplitString | undefined {
  if (word.startsWith('--')) {
    const [, name = '', value] = /^(--s[a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '' || !LONG.startsWith(name)) return undefined;
    return value === undefined ? { text: next ?? '', words: 2 } : { text: value, words: 1 };
  }
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? '';
    if (letter !== 'S' && takesValue(letter)) return undefined;
    if (letter !== 'S') continue;
    const value = word.slice(at + 1);
    return value === '' ? { text: next ?? '', words: 2 } : { text: value, words: 1 };
  }
  return undefined;
}

/**
 * Splits a text as `env -S` does, without expansion of variables. Returns `undefined` for a text that `env` refuses.
 * https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html
 */
export function splitString(text: string): string[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const words: string[] = [];
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  let at = 0;
  for (const { 0: part, 1: single, 2: double, 3: escaped, 4: space, index } of text.matchAll(PART)) {
    // What `env` refuses, such as a quote without end, matches nothing.
    if (index !== at) return undefined;
    at += part.length;
    if (space !== undefined || escaped === '_') end();
    else if (escaped === 'c' || (part === '#' && word === undefined)) {
      at = text.length;
      break;
    } else if (escaped !== undefined) word = `${word ?? ''}${ESCAPES[escaped]}`;
    else if (single !== undefined) word = `${word ?? ''}${single.replace(/\\(['\\])/g, '$1')}`;
    else if (double !== undefined) word = `${word ?? ''}${unescaped(double)}`;
    else word = `${word ?? ''}${part}`;
  }
  end();
  return at === text.length ? words : undefined;
}

/** Replaces the escapes in double quotes, in which `\_` is a space. */
const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (_, escaped) => (escaped === '_' ? ' ' : (ESCAPES[escaped] ?? '')));
