// Prints precision and recall of classifyPythonError per class over the labeled messages, and the messages that it classifies wrongly.
//
//   node scripts/classification-report.mjs [MESSAGES.json]
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { classifyPythonError } from 'opentelemetry-instrumentation-snakepit';

const path = process.argv[2] ?? new URL('../test/fixtures/python-errors/messages.json', import.meta.url);
const messages = JSON.parse(await readFile(path, 'utf8'));

const rows = new Map();
const rowOf = (event) => {
  if (!rows.has(event)) rows.set(event, { messages: 0, classified: 0, correct: 0, correctFields: 0 });
  return rows.get(event);
};
const misses = [];
for (const { type, message, traceback, event, fields = {}, source } of messages) {
  const classification = classifyPythonError({ type, message, traceback });
  const actual = classification.event.replace('snakepit.error.', '');
  const values = { ...classification.measurements, ...classification.metadata };
  const wrongFields = Object.keys(fields).filter((key) => !isDeepStrictEqual(values[key], fields[key]));
  const row = rowOf(event);
  row.messages++;
  rowOf(actual).classified++;
  const excerpt = message.slice(0, 160);
  if (actual !== event) {
    misses.push(`${source}: ${event} classified as ${actual}: ${type}: ${excerpt}`);
    continue;
  }
  row.correct++;
  if (wrongFields.length === 0) row.correctFields++;
  else misses.push(`${source}: ${event} with wrong ${wrongFields}: ${excerpt}`);
}

const ratio = (part, total) => (total === 0 ? '-' : (part / total).toFixed(3));
console.table(
  Object.fromEntries(
    [...rows].map(([event, { messages, classified, correct, correctFields }]) => [
      event,
      {
        messages,
        precision: ratio(correct, classified),
        recall: ratio(correct, messages),
        'all fields correct': ratio(correctFields, messages),
      },
    ]),
  ),
);
console.log(misses.length === 0 ? 'No misses.' : `Misses:\n${misses.map((miss) => `  ${miss}`).join('\n')}`);
