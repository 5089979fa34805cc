// What the documents say about events and metrics, rendered from the catalog.
import { prometheusName } from './prometheus-name.mjs';

const ORIGINS = {
  elixir: 'Snakepit',
  python: 'Snakepit’s Python workers',
  declared: 'declared by Snakepit, emitted by this package or by yours',
  package: 'this package',
};

const code = (text) => `\`${text}\``;
const cell = (text) => String(text).replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function field([key, { unit, values, optional, sensitive, note }]) {
  const remarks = [
    unit,
    values?.length > 1 && values.join(' · '),
    optional && 'may be absent',
    sensitive && 'exported only on request',
    note,
  ].filter(Boolean);
  return remarks.length > 0 ? `${code(key)} (${remarks.join('; ')})` : code(key);
}

function traceMeaning(trace) {
  if (trace === undefined) return undefined;
  if (trace.kind === 'spanEvent') return 'span event';
  return `${{ start: 'starts', stop: 'ends', exception: 'fails' }[trace.kind]} span ${code(trace.span)}`;
}

function event([name, row]) {
  const metrics = (row.metrics ?? []).map((metric) => code(metric.name));
  const meaning = [
    metrics.length > 0 && `feeds ${metrics.join(', ')}`,
    traceMeaning(row.trace),
    row.log?.level ? `logs at ${row.log.level}` : row.log?.message && 'logs at the attached level',
  ].filter(Boolean);
  const keys = (title, fields) => {
    const entries = Object.entries(fields);
    return entries.length > 0 ? [`- ${title}: ${entries.map(field).join(', ')}`] : [];
  };
  return [
    `### ${code(name)}`,
    '',
    `${row.description}. Emitted by: ${ORIGINS[row.origin]}.`,
    '',
    ...keys('measurements', row.measurements),
    ...keys('metadata', row.metadata),
    ...(meaning.length > 0 ? [`- ${meaning.join('; ')}`] : []),
    '',
  ].join('\n');
}

/** @param {readonly (readonly [string, object])[]} rows */
export function renderEvents(rows) {
  const groups = new Map();
  for (const row of rows) {
    const group = row[0].split('.')[1];
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return [
    '# Events',
    '',
    '<!-- Generated from the catalog by `npm run docs`; edit src/catalog/events instead. -->',
    '',
    `The ${rows.length} events of the catalog. The name of an event is also the name of its`,
    '`node:diagnostics_channel`. An event also becomes an OTel log record, at its level (`debug` if none is given), unless that',
    'is below `logLevel` (`info` by default).',
    '',
    ...[...groups].flatMap(([group, events]) => [`## ${group}`, '', ...events.map(event)]),
  ].join('\n');
}

const KINDS = {
  counter: 'counter',
  sum: 'counter',
  total: 'counter',
  lastValue: 'gauge',
  distribution: 'histogram',
};

const pageName = (metric) =>
  metric.kind === 'distribution' ? `${prometheusName(metric)}_{bucket,sum,count}` : prometheusName(metric);

/** One row a metric; metrics fed by several events are listed once. */
export function renderMetricsTable(definitions) {
  const names = [...new Set(definitions.map(({ name }) => name))];
  return table(
    ['metric', 'kind', 'unit', 'attributes', 'what it says'],
    names.map((name) => {
      const feeding = definitions.filter((definition) => definition.name === name);
      const metric = feeding.at(-1);
      return [
        `${code(metric.name)}<br>${code(pageName(metric))}`,
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

/** The attributes that tell definitions of one metric apart, with their values. */
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
    'Each metric under its OTel name and, below it, as the Prometheus exporter shows it. No attribute holds free text:',
    'values are cut to 128 characters, and a metric keeps at most 1000 attribute sets.',
    '',
    renderMetricsTable(snakepit),
    '',
    '## Fed by no event',
    '',
    'Always there, whatever `metrics` holds: alerts and dashboards tell by it which services report.',
    '',
    renderMetricsTable(own),
    '',
    '## GPU samples under OTel’s hardware conventions',
    '',
    "With `gpuConventions: 'hw'` or `'both'`. Each series also carries `hw.type=\"gpu\"`.",
    '',
    renderMetricsTable(hw),
    '',
  ].join('\n');
}

/** The text between `<!-- name -->` and `<!-- /name -->` of a document, replaced. */
export function replaceSection(document, name, content) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no section ${name} in the document`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}

/** The metrics that the README shows: those of the ML groups, the rest is in docs/metrics.md. */
export const isHeadline = ({ event }) =>
  /^snakepit\.(hardware|circuit_breaker|gpu|error|retry)\./.test(event);

/** A short table of the events of the ML groups, for the README. */
export function renderEventsTable(rows) {
  return table(
    ['event', 'measurements', 'metadata'],
    rows
      .filter(([name]) => isHeadline({ event: name }))
      .map(([name, row]) => [
        code(name),
        Object.keys(row.measurements).map(code).join(', '),
        Object.keys(row.metadata)
          .filter((key) => !['uuid', 'name', 'vendor', 'pci_address', 'index', 'interval_ms'].includes(key))
          .map(code)
          .join(', '),
      ]),
  );
}

/** The settings of `startTelemetry()`: option and file key, variable, default. */
export function renderSettings(settings) {
  const shown = (fallback) => (fallback === undefined ? '' : code(JSON.stringify(fallback)));
  return table(
    ['option, file key', 'variable', 'default', ''],
    Object.entries(settings).map(([name, { env, default: fallback, description }]) => [
      code(name),
      env === undefined ? '' : code(env),
      shown(fallback),
      description,
    ]),
  );
}

/**
 * Every generated document: its path, and its text given the text as it is.
 *
 * @param {{ catalogEvents: any, metricDefinitions: any, seriesGauge: any, settings: any }} source
 */
export function documents({ catalogEvents, metricDefinitions, seriesGauge, settings }) {
  const snakepit = metricDefinitions();
  const hw = metricDefinitions({ gpuConventions: 'hw' }).filter(({ name }) => name.startsWith('hw.'));
  const readmeSections = {
    events: renderEventsTable(catalogEvents),
    metrics: renderMetricsTable(snakepit.filter(isHeadline)),
    settings: renderSettings(settings),
  };
  const readme = (text) =>
    Object.entries(readmeSections).reduce((all, [name, content]) => replaceSection(all, name, content), text);
  return {
    'docs/events.md': () => renderEvents(catalogEvents),
    'docs/metrics.md': () => renderMetrics(snakepit, hw, [seriesGauge]),
    'README.md': readme,
  };
}
