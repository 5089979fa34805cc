/** What stands for a character in a terminal that only shows ASCII; each is as wide as the character. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  '✖': 'x',
  '▲': '!',
  '✔': '+',
  '●': '*',
  '○': 'o',
  '■': '#',
  '─': '-',
  '━': '=',
  '█': '#',
  '░': '.',
  '▒': '%',
  '▁': '_',
  '▂': '.',
  '▃': ',',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '◆': '*',
  '▸': '>',
  '▾': 'v',
  '↑': '^',
  '·': '-',
  '–': '-',
  '×': 'x',
  '…': '~',
  '°': ' ',
  µ: 'u',
};

/** Returns one character as ASCII, with as many characters as it has cells. */
export const toAscii = (text: string, width: 1 | 2): string =>
  REPLACEMENTS[text] ?? (/^[\x20-\x7e]$/.test(text) ? text : '?'.padEnd(width, '?'));

/** Returns true if a terminal shows more than ASCII, as far as its environment states. */
export function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  // The console of Linux has few characters. A container often has no locale, and the terminal around it shows all.
  if (TERM === 'linux') return false;
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8';
  return /utf-?8/i.test(locale);
}
