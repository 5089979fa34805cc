/** Yields rows as CSV, with a heading. */
export function* csvOf(columns: readonly string[], rows: Iterable<object>): Generator<string> {
  yield csvLine(columns);
  for (const row of rows) yield csvLine(columns.map((name) => (row as Record<string, unknown>)[name]));
}

/** https://www.rfc-editor.org/rfc/rfc4180 */
const csvLine = (values: readonly unknown[]): string => `${values.map(field).join()}\r\n`;

function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A text that begins so is a formula to a spreadsheet.
  const safe = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
