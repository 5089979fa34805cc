import { parseOptions } from '../configuration/options.js';
import { enumParser } from '../configuration/parse.js';
import { catalogEvents } from './events/index.js';
import type { MetricDefinition, MetricSpec } from './metric-spec.js';

/** Allowed values of {@link GpuConventions}. */
export const GPU_CONVENTIONS = ['snakepit', 'hw', 'both'] as const;

/**
 * Names of GPU metrics: Snakepit's (`snakepit.gpu.*`), those of OTel's hardware conventions (`hw.*`, and `snakepit.gpu.*`
 * for what the conventions do not name), or both.
 *
 * @useDeclaredType
 */
export type GpuConventions = (typeof GPU_CONVENTIONS)[number];

/**
 * Returns the definitions of all metrics that the catalog feeds. Filter them, add your own, and pass the list to
 * `SnakepitInstrumentation`.
 *
 * @param options.gpuConventions names of GPU metrics. @default 'snakepit'
 * @throws ConfigurationError for an unknown option, or an unknown value of `gpuConventions`
 */
export function metricDefinitions(options: { gpuConventions?: GpuConventions } = {}): MetricDefinition[] {
  const { gpuConventions = 'snakepit' } = parseOptions<typeof options>('metricDefinitions()', options, {
    gpuConventions: enumParser(GPU_CONVENTIONS),
  });
  const snakepit = definitions('metrics');
  if (gpuConventions === 'snakepit') return snakepit;
  const hardware = definitions('hardwareMetrics');
  if (gpuConventions === 'both') return [...snakepit, ...hardware];
  const replaced = new Set(hardware.flatMap((d) => ('replaces' in d && d.replaces ? d.replaces : [])));
  return [...snakepit.filter(({ name }) => !replaced.has(name)), ...hardware];
}

const definitions = (key: 'metrics' | 'hardwareMetrics'): MetricDefinition[] =>
  catalogEvents.flatMap(([event, { [key]: metrics = [] as readonly MetricSpec[] }]) =>
    metrics.map((metric): MetricDefinition => ({ ...metric, event })),
  );
