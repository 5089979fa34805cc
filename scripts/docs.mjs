// Writes the generated documents anew.
import { readFile, writeFile } from 'node:fs/promises';
import { catalogRows } from '../dist/esm/events/catalog/index.js';
import { metricDefinitions } from '../dist/esm/metrics/definitions.js';
import { SETTINGS } from '../dist/esm/sdk/settings.js';
import { documents } from './render-docs.mjs';

for (const [path, render] of Object.entries(
  documents({ catalogRows, metricDefinitions, settings: SETTINGS }),
)) {
  await writeFile(path, render(await readFile(path, 'utf8').catch(() => '')));
}
