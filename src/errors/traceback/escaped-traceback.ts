import { START } from './lines.js';
import { STRUCTURED, structuredTraceback } from './structured-traceback.js';

/** A traceback in a string of JSON or Python, once or twice escaped. */
const ESCAPED = /Traceback \(most recent call last\):?(?:\\{1,3}r)?\\{1,3}n/;
/** A traceback as a list of its lines. */
const LISTED = `"${START}:`;
const MAX_DEPTH = 6;

/** Returns the texts with a traceback in a log line of JSON, or of Python's `repr()`; `undefined` if the line contains none. */
export function escapedTracebacks(line: string): readonly string[] | undefined {
  const isEscaped = line.includes(START) && ESCAPED.test(line);
  if (!isEscaped && !line.includes(LISTED) && !line.includes(STRUCTURED)) return undefined;
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
  return isEscaped ? [unescapeText(line.slice(line.indexOf(START)))] : undefined;
}

function collect(value: unknown, texts: string[], depth: number): void {
  if (typeof value === 'string') {
    if (value.includes(START)) texts.push(ESCAPED.test(value) ? unescapeText(value) : value);
    return;
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return;
  const text = structuredTraceback(value) ?? listedTraceback(value);
  if (text !== undefined) texts.push(text);
  else for (const each of Object.values(value)) collect(each, texts, depth + 1);
}

/** Returns the text of a list of lines that begins with the first line of a traceback. */
const listedTraceback = (value: object): string | undefined =>
  Array.isArray(value) &&
  value.every((each) => typeof each === 'string') &&
  String(value[0]).trimEnd() === `${START}:`
    ? value.map((each: string) => each.trimEnd()).join('\n')
    : undefined;

/** Replaces escapes up to the quote that ends the string: Python's is a single one if the text contains double ones. */
function unescapeText(text: string): string {
  const end = /\\n {2}File "/.test(text) ? /(?<!\\)'[\s\S]*$/ : /(?<!\\)"[\s\S]*$/;
  return text
    .replace(end, '')
    .replace(/\\{1,3}r/g, '')
    .replace(/\\{1,3}n/g, '\n')
    .replace(/\\{1,3}t/g, '\t')
    .replace(/\\{1,3}(["'])/g, '$1');
}
