// Writes the generated documents anew.
import { readFile, writeFile } from 'node:fs/promises';
import { catalogRows } from '../dist/esm/events/catalog/index.js';
import { metricDefinitions } from '../dist/esm/metrics/definitions.js';
import { documents } from './render-docs.mjs';

for (const [path, render] of Object.entries(documents({ catalogRows, metricDefinitions }))) {
  await writeFile(path, render(await readFile(path, 'utf8').catch(() => '')));
}
