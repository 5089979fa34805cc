import { START } from './lines.js';

/** A traceback in a string of JSON, once or twice escaped. */
const ESCAPED = /Traceback \(most recent call last\):?(?:\\{1,3}r)?\\{1,3}n/;
const MAX_DEPTH = 6;

/** Returns the texts with a traceback in a log line of JSON, or `undefined` if the line contains none. */
export function escapedTracebacks(line: string): readonly string[] | undefined {
  if (!line.includes(START) || !ESCAPED.test(line)) return undefined;
  const open = line.indexOf('{');
  if (open !== -1) {
    try {
      const texts: string[] = [];
      collect(JSON.parse(line.slice(open)), texts, 0);
      if (texts.length > 0) return texts;
    } catch {
      // A cut line, or text after the object.
    }
  }
  return [unescapeText(line.slice(line.indexOf(START)))];
}

function collect(value: unknown, texts: string[], depth: number): void {
  if (typeof value === 'string') {
    if (value.includes(START)) texts.push(ESCAPED.test(value) ? unescapeText(value) : value);
  } else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    for (const each of Object.values(value)) collect(each, texts, depth + 1);
  }
}

/** Replaces escapes up to the quote that ends the string. */
const unescapeText = (text: string): string =>
  text
    .replace(/(?<!\\)"[\s\S]*$/, '')
    .replace(/\\{1,3}r/g, '')
    .replace(/\\{1,3}n/g, '\n')
    .replace(/\\{1,3}t/g, '\t')
    .replace(/\\{1,3}(["'])/g, '$1');
