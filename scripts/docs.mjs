// Writes the generated documents and dashboards anew.
import { readFile, writeFile } from 'node:fs/promises';
import { catalogRows } from '../dist/esm/catalog/events/index.js';
import { metricDefinitions } from '../dist/esm/catalog/metric-definitions.js';
import { KEPT_SERIES } from '../dist/esm/recorders/metrics/self-metrics.js';
import { SETTINGS } from '../snakepit-otel/dist/esm/sdk/settings.js';
import { dashboardFiles } from './dashboards/render.mjs';
import { documents } from './render-docs.mjs';

for (const [path, render] of Object.entries(
  documents({ catalogRows, metricDefinitions, keptSeries: KEPT_SERIES, settings: SETTINGS }),
)) {
  await writeFile(path, render(await readFile(path, 'utf8').catch(() => '')));
}
for (const [path, json] of Object.entries(dashboardFiles(metricDefinitions()))) await writeFile(path, json);
