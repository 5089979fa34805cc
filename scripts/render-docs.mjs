// Renders the tables of events, metrics and settings for docs/ from the catalog and the settings table.
import { toJsonSchema } from '@valibot/to-json-schema';
import { renderNvmlReadings, renderParity, renderReadings } from './gpu-sources/render.mjs';
import { prometheusName } from './prometheus-name.mjs';

const ORIGINS = {
  elixir: 'Snakepit',
  python: 'Snakepit’s Python workers',
  declared: 'this package or your code; Snakepit declares the event and does not emit it',
  package: 'this package',
};

const code = (text) => `\`${text}\``;
const cell = (text) => String(text).replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function field([key, { unit, values, optional, sensitive, error, note }]) {
  const remarks = [
    unit,
    values?.length > 1 && values.join(' · '),
    optional && 'optional',
    sensitive && 'exported only with `includeSensitive`',
    error && 'class only, unless `includeSensitive`',
    note,
  ].filter(Boolean);
  return remarks.length > 0 ? `${code(key)} (${remarks.join('; ')})` : code(key);
}

function traceMapping(trace) {
  if (trace === undefined) return undefined;
  if (trace.kind === 'spanEvent')
    return trace.endsWorker ? 'span event; ends open spans of its worker' : 'span event';
  if (trace.kind === 'producerEnd') return 'ends open spans of its producer';
  return `${{ start: 'starts', stop: 'ends', exception: 'fails' }[trace.kind]} span ${code(trace.span)}`;
}

const metricNames = (metrics = []) => [...new Set(metrics.map(({ name }) => code(name)))];

/** @returns {string | undefined} the line that `attachLogger()` writes */
function logLine({ logGroup, log }) {
  return logGroup && `logged at ${log?.level ?? 'the level of `attachLogger()`'}`;
}

function renderEvent([name, definition]) {
  const metrics = metricNames(definition.metrics);
  const hardwareMetrics = metricNames(definition.hardwareMetrics);
  const effects = [
    metrics.length > 0 && `feeds ${metrics.join(', ')}`,
    hardwareMetrics.length > 0 && `feeds ${hardwareMetrics.join(', ')} with \`gpuConventions: 'hw'\``,
    traceMapping(definition.trace),
    logLine(definition),
  ].filter(Boolean);
  const keys = (title, fields) => {
    const entries = Object.entries(fields);
    return entries.length > 0 ? [`- ${title}: ${entries.map(field).join(', ')}`] : [];
  };
  return [
    `### ${code(name)}`,
    '',
    `${definition.description}. Emitted by ${ORIGINS[definition.origin]}.`,
    '',
    ...keys('measurements', definition.measurements),
    ...keys('metadata', definition.metadata),
    ...(effects.length > 0 ? [`- ${effects.join('; ')}`] : []),
    '',
  ].join('\n');
}

/** @param {readonly (readonly [string, object])[]} events */
export function renderEvents(events) {
  const groups = new Map();
  for (const event of events) {
    const group = event[0].split('.')[1];
    groups.set(group, [...(groups.get(group) ?? []), event]);
  }
  return [
    '# Events',
    '',
    '<!-- Generated from the catalog by `npm run docs`; edit src/catalog/events instead. -->',
    '',
    `The catalog has ${events.length} events. An event and its \`node:diagnostics_channel\` have the same name.`,
    '[Custom events](custom-events.md) adds your own.',
    '',
    'Each event becomes an OpenTelemetry log record at its level, `debug` if the event has none. Events below `logLevel`',
    '(`info` by default) are not recorded. Events that are marked as logged are also written by `attachLogger()`.',
    '',
    ...[...groups].flatMap(([group, members]) => [`## ${group}`, '', ...members.map(renderEvent)]),
  ].join('\n');
}

const KINDS = {
  counter: 'counter',
  sum: 'counter',
  observableCounter: 'counter',
  lastValue: 'gauge',
  distribution: 'histogram',
};

const exposedName = (metric) =>
  metric.kind === 'distribution' ? `${prometheusName(metric)}_{bucket,sum,count}` : prometheusName(metric);

/** One line for each metric, also for a metric that several events feed. */
export function renderMetricsTable(definitions) {
  const names = [...new Set(definitions.map(({ name }) => name))];
  return table(
    ['metric', 'kind', 'unit', 'attributes', 'description'],
    names.map((name) => {
      const feeding = definitions.filter((definition) => definition.name === name);
      const metric = feeding.at(-1);
      return [
        `${code(metric.name)}<br>${code(exposedName(metric))}`,
        metric.instrument === 'updowncounter' ? 'up-down counter' : KINDS[metric.kind],
        code(metric.unit ?? '1'),
        [
          ...(metric.tags ?? []).map((tag) => code(typeof tag === 'string' ? tag : tag.as)),
          ...constants(feeding),
        ].join(', '),
        metric.description,
      ];
    }),
  );
}

/** Constant attributes that distinguish the definitions of one metric, with their values. */
function constants(feeding) {
  const keys = new Set(feeding.flatMap(({ attributes = {} }) => Object.keys(attributes)));
  return [...keys].flatMap((key) => {
    const values = [...new Set(feeding.map(({ attributes }) => attributes?.[key]))];
    return values.length > 1 ? `${code(key)} (${values.join(', ')})` : [];
  });
}

/** @param {readonly object[]} snakepit @param {readonly object[]} hw @param {readonly object[]} own */
export function renderMetrics(snakepit, hw, own) {
  return [
    '# Metrics',
    '',
    '<!-- Generated from the catalog by `npm run docs`; edit src/catalog/events instead. -->',
    '',
    'Each metric is listed with its OpenTelemetry name and, below it, its name in Prometheus. Attribute values are cut to',
    '128 characters; values with the same text (`5` and `"5"`) are one. A metric has at most 2000 attribute sets over the life',
    'of the process, or its own `cardinalityLimit`; further sets are counted in one series with the attribute',
    '`otel_metric_overflow`.',
    '',
    'A worker id such as `default_worker_1_690` is reported without its last number, which differs after each start of the pool;',
    '256 workers are kept apart, and further ones are `other`. An error is reported as its class, without its text.',
    '',
    'A GPU series reports the last sample. It stops when the device disappears or has not been sampled for three intervals.',
    'A value that the driver does not support is absent, never 0.',
    '',
    renderMetricsTable(snakepit),
    '',
    '## Self-metrics',
    '',
    'Reported whatever `metrics` selects. Dashboards and alerts use it to list the services that report.',
    '',
    renderMetricsTable(own),
    '',
    '## OpenTelemetry hardware conventions',
    '',
    "Reported with `gpuConventions: 'hw'` or `'both'`. Each series but those of temperatures and fans also has `hw.type=\"gpu\"`.",
    '',
    renderMetricsTable(hw),
    '',
  ].join('\n');
}

const htmlComment = (text) => `<!-- ${text} -->`;

/** Replaces the text between the comments `name` and `/name`. */
export function replaceSection(document, name, content, comment = htmlComment) {
  const [begin, end] = [comment(name), comment(`/${name}`)];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no section ${name} in the document`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}

/** The settings of `startTelemetry()`, with option, variable, key in a file, default and description. */
export function renderSettings(settings) {
  const shown = (fallback) => (fallback === undefined ? '' : code(JSON.stringify(fallback)));
  return table(
    ['option', 'variable', 'key in a file', 'default', 'description'],
    Object.entries(settings).map(([name, { env, fileKey, default: fallback, description }]) => [
      code(name),
      env === undefined ? '' : code(env),
      fileKey === undefined ? '' : code(fileKey),
      shown(fallback),
      description,
    ]),
  );
}

/** The variables of OpenTelemetry's specification, with the outcome of each kind of value. */
export function renderVariables(variables) {
  const shown = (value) =>
    value === undefined
      ? ''
      : code(typeof value === 'object' ? Object.values(value).join(',') || 'none' : value);
  return table(
    ['variable', 'values', 'unset', 'valid', 'invalid'],
    Object.entries(variables).map(([name, { accepts, default: fallback, unsupported }]) => [
      code(name),
      accepts,
      shown(fallback),
      unsupported === undefined ? 'honored' : `warned: ${unsupported}`,
      accepts === 'text' ? '' : 'warned; as unset',
    ]),
  );
}

/** The events that Snakepit and its workers may emit, as a list of words in Elixir. */
export function renderElixirEvents(events) {
  const names = events.filter(([, { origin }]) => origin !== 'package').map(([name]) => `    ${name}`);
  return ['  @events ~w(', ...names, '  )', ''].join('\n');
}

/** JSON Schema of our part of a configuration file, for editors. */
export function renderFileSchema(schema) {
  const title = 'instrumentation/development.js.snakepit of a configuration file of OpenTelemetry';
  return `${JSON.stringify({ title, ...toJsonSchema(schema, { ignoreActions: ['check'] }) }, undefined, 2)}\n`;
}

/**
 * Returns a function for each generated document, by path. It takes the present text and returns the generated one.
 *
 * @param {{ catalogEvents: any, metricDefinitions: any, gpu: any, seriesGauge: any, settings: any, variables: any, fileSchema: any }} source
 */
export function documents({
  catalogEvents,
  metricDefinitions,
  gpu,
  seriesGauge,
  settings,
  variables,
  fileSchema,
}) {
  const snakepit = metricDefinitions();
  const hw = metricDefinitions({ gpuConventions: 'hw' }).filter(({ name }) => name.startsWith('hw.'));
  return {
    'docs/events.md': () => renderEvents(catalogEvents),
    'docs/metrics.md': () => renderMetrics(snakepit, hw, [seriesGauge]),
    'docs/configuration.md': (text) =>
      replaceSection(
        replaceSection(text, 'settings', renderSettings(settings)),
        'variables',
        renderVariables(variables),
      ),
    'docs/gpu-sources.md': (text) =>
      replaceSection(
        replaceSection(
          replaceSection(text, 'readings', renderReadings(gpu)),
          'readings of nvml',
          renderNvmlReadings(gpu),
        ),
        'other exporters',
        renderParity(new Set([...snakepit, ...hw].map(({ name }) => name))),
      ),
    'snakepit-otel/configuration-schema.json': () => renderFileSchema(fileSchema),
    'producers/elixir/snakepit_otel_reporter.ex': (text) =>
      replaceSection(
        text,
        'events of the catalog',
        renderElixirEvents(catalogEvents),
        (comment) => `  # ${comment}`,
      ),
  };
}
