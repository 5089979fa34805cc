// Precision and recall of classifyPythonError per class, over the collected messages, and what it missed.
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { classifyPythonError } from 'opentelemetry-instrumentation-snakepit';

const path = process.argv[2] ?? new URL('../test/fixtures/python-errors/messages.json', import.meta.url);
const messages = JSON.parse(await readFile(path, 'utf8'));

const rows = new Map();
const row = (event) => {
  if (!rows.has(event)) rows.set(event, { messages: 0, found: 0, right: 0, fields: 0 });
  return rows.get(event);
};
const misses = [];
for (const { type, message, traceback, event, fields = {}, source } of messages) {
  const classified = classifyPythonError({ type, message, traceback });
  const found = classified.event.replace('snakepit.error.', '');
  const values = { ...classified.measurements, ...classified.metadata };
  const wrong = Object.keys(fields).filter((key) => !isDeepStrictEqual(values[key], fields[key]));
  row(event).messages++;
  row(found).found++;
  if (found === event) row(event).right++;
  if (found === event && wrong.length === 0) row(event).fields++;
  if (found !== event)
    misses.push(`${source}: ${event}, taken for ${found}: ${type}: ${message.slice(0, 160)}`);
  else if (wrong.length > 0) misses.push(`${source}: ${event}, wrong in ${wrong}: ${message.slice(0, 160)}`);
}

const share = (part, whole) => (whole === 0 ? '-' : (part / whole).toFixed(3));
console.table(
  Object.fromEntries(
    [...rows].map(([event, { messages, found, right, fields }]) => [
      event,
      {
        messages,
        precision: share(right, found),
        recall: share(right, messages),
        'all fields right': share(fields, messages),
      },
    ]),
  ),
);
console.log(misses.length === 0 ? 'No misses.' : `Misses:\n${misses.map((miss) => `  ${miss}`).join('\n')}`);
