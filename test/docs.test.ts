import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles } from '../scripts/dashboards/render.mjs';
import { documents } from '../scripts/render-docs.mjs';
import { FILE_SCHEMA } from '../snakepit-otel/src/configuration/file-schema.js';
import { resolve } from '../snakepit-otel/src/configuration/resolve.js';
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

test.each(await documentsWith('```js'))(
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

test.each(await documentsWith('instrumentation/development:'))(
  '%s shows configuration files that are valid',
  async (_path, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'docs-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const configFile = join(folder, 'telemetry.yaml');
    const files = [...text.matchAll(/^```yaml\n(.*?)^```/gms)]
      .map(([, block = '']) => block)
      .filter((block) => block.includes('instrumentation/development:'));
    expect(files).not.toEqual([]);
    for (const file of files) {
      await writeFile(configFile, file.includes('file_format:') ? file : `file_format: "1.0"\n${file}`);
      expect(resolve({ configFile }, {}).warnings).toEqual([]);
    }
  },
);

test.each(await documentsWith('docker compose -f node_modules/'))(
  '%s starts services of the published package that need no build',
  async (_path, text) => {
    const { services } = parse(await readFile('deploy/compose.yaml', 'utf8'));
    const named = /^docker compose -f node_modules\/\S+\/deploy\/compose.yaml up -d (.+)$/m.exec(text)?.[1];
    const images = named?.split(' ').map((name) => services[name]);
    expect(images).not.toContain(undefined);
    expect(images?.filter(({ build }) => build !== undefined)).toEqual([]);
  },
);

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

async function documentsWith(content: string): Promise<[path: string, text: string][]> {
  const pages = await readdir('docs');
  const paths = ['README.md', 'snakepit-otel/README.md', ...pages.map((name) => `docs/${name}`)];
  const texts = await Promise.all(
    paths.filter((path) => path.endsWith('.md')).map(async (path) => [path, await readFile(path, 'utf8')]),
  );
  return texts.filter(([, text]) => text?.includes(content)) as [string, string][];
}
