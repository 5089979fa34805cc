// Writes the generated documents and dashboards. `npm run docs` builds the API site after it.
import { readFile, writeFile } from 'node:fs/promises';
import { catalogEvents } from '../dist/esm/catalog/events/index.js';
import { metricDefinitions } from '../dist/esm/catalog/metric-definitions.js';
import { GPU_READING_LABELS, GPU_READINGS } from '../dist/esm/gpu/readings.js';
import { FIELD_SOURCES } from '../dist/esm/gpu/sources/nvml/fields.js';
import { GPM_METRICS } from '../dist/esm/gpu/sources/nvml/gpm-values.js';
import { nvmlName } from '../dist/esm/gpu/sources/nvml/library.js';
import { QUERIES } from '../dist/esm/gpu/sources/nvml/queries.js';
import { SERIES_GAUGE } from '../dist/esm/recorders/metrics/self-metrics.js';
import { FILE_SCHEMA } from '../snakepit-otel/dist/esm/configuration/file-schema.js';
import { SETTINGS } from '../snakepit-otel/dist/esm/configuration/settings.js';
import { VARIABLES } from '../snakepit-otel/dist/esm/configuration/variables.js';
import { dashboardFiles } from './dashboards/render.mjs';
import { documents } from './render-docs.mjs';

for (const [path, render] of Object.entries(
  documents({
    catalogEvents,
    metricDefinitions,
    gpu: {
      readings: GPU_READINGS,
      labels: GPU_READING_LABELS,
      nvml: { queries: QUERIES, nvmlName, fieldSources: FIELD_SOURCES, gpmMetrics: GPM_METRICS },
    },
    seriesGauge: SERIES_GAUGE,
    settings: SETTINGS,
    variables: VARIABLES,
    fileSchema: FILE_SCHEMA,
  }),
)) {
  await writeFile(path, render(await readFile(path, 'utf8').catch(() => '')));
}
for (const [path, json] of Object.entries(dashboardFiles(metricDefinitions()))) await writeFile(path, json);
