import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { dashboardFiles } from '../scripts/dashboards/render.mjs';
import { documents } from '../scripts/render-docs.mjs';
import { FILE_SCHEMA } from '../snakepit-otel/src/configuration/file-schema.js';
import { SETTINGS } from '../snakepit-otel/src/configuration/settings.js';
import { VARIABLES } from '../snakepit-otel/src/configuration/variables.js';
import * as distribution from '../snakepit-otel/src/index.js';
import { catalogEvents } from '../src/catalog/events/index.js';
import { GPU_READING_LABELS, GPU_READINGS } from '../src/gpu/readings.js';
import { FIELD_SOURCES } from '../src/gpu/sources/nvml/fields.js';
import { GPM_METRICS } from '../src/gpu/sources/nvml/gpm-values.js';
import { nvmlName } from '../src/gpu/sources/nvml/library.js';
import { QUERIES } from '../src/gpu/sources/nvml/queries.js';
import * as instrumentation from '../src/index.js';
import { SERIES_GAUGE } from '../src/recorders/metrics/self-metrics.js';

test.each(
  Object.entries(
    documents({
      catalogEvents,
      metricDefinitions: instrumentation.metricDefinitions,
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
  ),
)('%s matches the catalog and the settings (otherwise run: npm run docs)', async (path, render) => {
  const text = await readFile(path, 'utf8');
  expect(render(text)).toBe(text);
});

test.each(Object.entries(dashboardFiles(instrumentation.metricDefinitions())))(
  '%s matches the catalog (otherwise run: npm run docs)',
  async (path, json) => {
    expect(await readFile(path, 'utf8')).toBe(json);
  },
);

test.each(await documentsWithCode())(
  '%s imports only names that the packages export',
  async (_path, text) => {
    const exported: Readonly<Record<string, object>> = {
      'opentelemetry-instrumentation-snakepit': instrumentation,
      'snakepit-otel': distribution,
    };
    const unknown = [...text.matchAll(/^import (?!type\b)\{([^}]+)\} from '([^']+)'/gms)].flatMap(
      ([, names = '', from = '']) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && exported[from] !== undefined && !(name in exported[from])),
    );
    expect(unknown).toEqual([]);
  },
);

test.each([
  ['docs/configuration.md', (options: object) => options],
  ['docs/libraries.md', (instrumentations: object) => ({ instrumentations })],
])('%s names every option that the instrumentation allows', async (path, optionsWith) => {
  const text = await readFile(path, 'utf8');
  const undocumented = allowedKeys(optionsWith({ unknown: true })).filter(
    (key) => !text.includes(`\`${key}\``),
  );
  expect(undocumented).toEqual([]);
});

/** Returns the keys that the error of an unknown option lists. */
function allowedKeys(options: object): string[] {
  try {
    new instrumentation.SnakepitInstrumentation(options);
  } catch (error) {
    const [, keys] = /Allowed: ([\w, ]+)\./.exec(String(error)) ?? [];
    if (keys !== undefined) return keys.split(', ');
  }
  throw new Error('The instrumentation does not list its options.');
}

async function documentsWithCode(): Promise<[path: string, text: string][]> {
  const pages = await readdir('docs');
  const paths = ['README.md', 'snakepit-otel/README.md', ...pages.map((name) => `docs/${name}`)];
  const texts = await Promise.all(
    paths.filter((path) => path.endsWith('.md')).map(async (path) => [path, await readFile(path, 'utf8')]),
  );
  return texts.filter(([, text]) => text?.includes('```js')) as [string, string][];
}
