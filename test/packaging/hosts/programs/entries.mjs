// Prints the names that each entry exports to import and to require.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const entries = {};
for (const entry of process.argv.slice(2)) {
  const imported = await import(entry);
  entries[entry] = { imported: Object.keys(imported).sort(), required: Object.keys(require(entry)).sort() };
}
process.stdout.write(JSON.stringify(entries));
