/**
 * The name of a metric on a Prometheus page, scraped directly or from the Collector; of a distribution without its
 * `_bucket`, `_sum` and `_count`.
 *
 * @param {{ name: string, kind: string }} definition
 */
export function prometheusName({ name, kind }) {
  const base = name.replaceAll('.', '_');
  return ['counter', 'sum', 'observableCounter'].includes(kind)
    ? `${base.replace(/_total$/, '')}_total`
    : base;
}
