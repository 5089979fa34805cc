import { prometheusName } from '../prometheus-name.mjs';

/** Metrics that the Collector's spanmetrics connector derives from spans. */
const SPAN_METRICS = {
  'traces.span.metrics.calls': { kind: 'counter', tags: ['span_name', 'status_code'] },
  'traces.span.metrics.duration': { kind: 'distribution', tags: ['span_name'] },
};

const COUNTERS = ['counter', 'sum', 'observableCounter'];
const SELECTED = 'job=~"$job"';

/**
 * Returns builders of PromQL queries over the metrics of the catalog. They throw on a name, kind or label that the catalog
 * does not have, so that no panel queries a series that does not exist.
 *
 * @param {readonly import('../../src/catalog/metric-spec.js').MetricDefinition[]} definitions
 */
export function queriesOver(definitions) {
  const known = new Map(Object.entries(SPAN_METRICS).map(([name, metric]) => [name, { name, ...metric }]));
  for (const metric of definitions) {
    const tags = (metric.tags ?? []).map((tag) => (typeof tag === 'string' ? tag : tag.as));
    tags.push(...Object.keys(metric.attributes ?? {}));
    known.set(metric.name, { name: metric.name, kind: metric.kind, tags });
  }

  const series = (name, kinds, labels = []) => {
    const metric = known.get(name);
    if (metric === undefined) throw new Error(`The catalog has no metric ${name}`);
    if (!kinds.includes(metric.kind))
      throw new Error(`${name} is a ${metric.kind}, not a ${kinds.join(' or ')}`);
    const unknown = labels.filter((label) => !metric.tags.includes(label));
    if (unknown.length > 0) throw new Error(`${name} has no label ${unknown.join(', ')}`);
    return prometheusName(metric);
  };
  const legend = (labels) => labels.map((label) => `{{${label}}}`).join(' ') || '{{job}}';
  const by = (labels) => `by (${(labels.length > 0 ? labels : ['job']).join(', ')})`;

  const buckets = (name, labels) => `${series(name, ['distribution'], labels)}_bucket{${SELECTED}}`;
  const quantileOf = (q, labels, counts) =>
    `histogram_quantile(${q}, sum by (${['le', ...labels].join(', ')}) (${counts}))`;

  return {
    /** Current values of a gauge. */
    last: (name, labels = [], { matching = '', prefix = '' } = {}) => ({
      expr: `${series(name, ['lastValue'], labels)}{${[SELECTED, matching].filter(Boolean).join(', ')}}`,
      legend: `${prefix}${legend(labels)}`,
    }),
    /** One gauge as a percentage of another. */
    percentOf: (part, total, labels) => ({
      expr: `100 * ${series(part, ['lastValue'], labels)}{${SELECTED}} / ${series(total, ['lastValue'], labels)}{${SELECTED}}`,
      legend: legend(labels),
    }),
    /** Rate of a counter, per second. */
    rate: (name, labels = [], { prefix = '' } = {}) => ({
      expr: `sum ${by(labels)} (rate(${series(name, COUNTERS, labels)}{${SELECTED}}[$__rate_interval]))`,
      legend: `${prefix}${legend(labels)}`,
    }),
    /** Rate of the observations of a histogram, per second. */
    observations: (name, labels = []) => ({
      expr: `sum ${by(labels)} (rate(${series(name, ['distribution'], labels)}_count{${SELECTED}}[$__rate_interval]))`,
      legend: legend(labels),
    }),
    /** Value of a counter, summed over processes. */
    total: (name, labels = [], { prefix = '' } = {}) => ({
      expr: `sum ${by(labels)} (${series(name, COUNTERS, labels)}{${SELECTED}})`,
      legend: `${prefix}${legend(labels)}`,
    }),
    /** Quantile of the latest observations. */
    quantile: (q, name, labels = [], { prefix = `p${q * 100} ` } = {}) => ({
      expr: quantileOf(q, labels, `rate(${buckets(name, labels)}[$__rate_interval])`),
      legend: `${prefix}${legend(labels)}`,
    }),
    /** Quantile of all observations so far, for rare events, whose rate is mostly 0. */
    quantileSoFar: (q, name, labels = []) => ({
      expr: quantileOf(q, labels, buckets(name, labels)),
      legend: `p${q * 100} ${legend(labels)}`,
    }),
  };
}
