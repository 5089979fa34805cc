import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { loadYaml } from './file-libraries.cjs';

/** A JSON pointer, and what is wrong there, as the reader of files reports it. */
const ISSUE = /^ *((?:\/\S+)?) (must .*)$/gm;

/**
 * Returns the reason for which a file cannot be used. For entries that do not follow the schema, their line and name, and the entries
 * of an object of which one is not known: the reader of files names the object only.
 */
export function describeFileProblem(error: unknown, file: string, text: string): string {
  const message = errorMessage(error);
  const [, detail = ''] = message.split(`Invalid OpenTelemetry config file: ${file}:`);
  const issues = [...detail.matchAll(ISSUE)];
  if (issues.length === 0) return message.replace(`${file}: `, '');
  const { LineCounter, parseDocument, isMap } = loadYaml();
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return issues
    .map(([, pointer = '', problem = '']) => {
      const path = pointer.split('/').slice(1).map(unescapePart);
      const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
      const line = lineCounter.linePos(node?.range?.[0] ?? 0).line;
      const keys = isMap(node) ? node.items.map(({ key }) => String(key)) : [];
      const unknown = /additional properties/.test(problem)
        ? `has an entry that is not known: ${keys.length > 1 ? 'one of ' : ''}${keys.join(', ')}`
        : problem;
      return `line ${line}: ${path.join('.') || 'the file'} ${unknown}`;
    })
    .join('; ');
}

/** Returns a part of a JSON pointer as it is in the file. An index of a list stays text, which `getIn` takes as well. */
const unescapePart = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
