/**
 * Returns a metric's name in Prometheus, scraped directly or through the Collector; for a distribution without `_bucket`,
 * `_sum` and `_count`.
 *
 * @param {{ name: string, kind: string }} definition
 */
export function prometheusName({ name, kind }) {
  const base = name.replaceAll('.', '_');
  return ['counter', 'sum', 'observableCounter'].includes(kind)
    ? `${base.replace(/_total$/, '')}_total`
    : base;
}
