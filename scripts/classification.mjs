// Reports precision and recall of classifyPythonError per class over the labeled messages, and the messages that it classifies wrongly:
// with all wordings, and leaving out for each message the wordings of every library that knows it, so that only the general rules decide.
//
//   npm run classification [-- MESSAGES.json …]
import { readFile } from 'node:fs/promises';
import { classifyPythonError } from 'opentelemetry-instrumentation-snakepit';
import { librariesOf, parsePythonError, ruleMatcher } from 'opentelemetry-instrumentation-snakepit/internal';

const FOLDER = new URL('../test/fixtures/python-errors/', import.meta.url);
const CORPUS = [
  'messages.json',
  'second-collection.json',
  'third-collection.json',
  'fourth-collection.json',
  'fifth-collection.json',
  'sixth-collection.json',
  'seventh-collection.json',
  'eighth-collection.json',
  'ninth-collection.json',
  'tenth-collection.json',
  'eleventh-collection.json',
  'twelfth-collection.json',
].map((name) => new URL(name, FOLDER));

const read = async (paths) =>
  (await Promise.all(paths.map(async (path) => JSON.parse(await readFile(path, 'utf8'))))).flat();

/** Returns the matchers without the libraries that have a wording of the message. */
const matchersOfOthers = (error) => ({ matchers: [ruleMatcher(librariesOf(parsePythonError(error)))] });

/** Returns precision, recall and number per class, and the misses. */
function evaluate(messages, optionsOf) {
  const rows = new Map();
  const rowOf = (event) => {
    if (!rows.has(event)) rows.set(event, { messages: 0, classified: 0, correct: 0 });
    return rows.get(event);
  };
  const misses = [];
  for (const { type, message, traceback, event, also_acceptable = [], source } of messages) {
    const error = { type, message, traceback };
    const actual = classifyPythonError(error, optionsOf(error)).event.replace('snakepit.error.', '');
    const expected = also_acceptable.includes(actual) ? actual : event;
    rowOf(expected).messages++;
    rowOf(actual).classified++;
    if (actual === expected) rowOf(expected).correct++;
    else misses.push(`${source}: ${event} classified as ${actual}: ${type}: ${message.slice(0, 160)}`);
  }
  return { rows, misses };
}

const ratio = (part, total) => (total === 0 ? '-' : (part / total).toFixed(3));

function print(title, messages, optionsOf) {
  const { rows, misses } = evaluate(messages, optionsOf);
  console.log(`\n${title}: ${messages.length} messages, ${misses.length} misses`);
  console.table(
    Object.fromEntries(
      [...rows].map(([event, { messages: n, classified, correct }]) => [
        event,
        { n, precision: ratio(correct, classified), recall: ratio(correct, n) },
      ]),
    ),
  );
  for (const miss of misses) console.log(`  ${miss.replaceAll('\n', ' ')}`);
}

const paths = process.argv.slice(2);
const corpus = await read(paths.length > 0 ? paths : CORPUS);
print('With all wordings', corpus, () => ({}));
print('Leaving out the wordings of the library', corpus, matchersOfOthers);
