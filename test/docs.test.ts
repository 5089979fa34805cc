import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { dashboardFiles } from '../scripts/dashboards/render.mjs';
import { documents } from '../scripts/render-docs.mjs';
import { SETTINGS } from '../snakepit-otel/src/sdk/settings.js';
import { catalogEvents } from '../src/catalog/events/index.js';
import { metricDefinitions } from '../src/index.js';
import { SERIES_GAUGE } from '../src/recorders/metrics/self-metrics.js';

test.each(
  Object.entries(
    documents({ catalogEvents, metricDefinitions, seriesGauge: SERIES_GAUGE, settings: SETTINGS }),
  ),
)('%s matches the catalog and the settings (otherwise run: npm run docs)', async (path, render) => {
  const text = await readFile(path, 'utf8');
  expect(render(text)).toBe(text);
});

test.each(Object.entries(dashboardFiles(metricDefinitions())))(
  '%s matches the catalog (otherwise run: npm run docs)',
  async (path, json) => {
    expect(await readFile(path, 'utf8')).toBe(json);
  },
);
