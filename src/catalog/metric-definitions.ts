import { enumParser } from '../configuration/parse.js';
import { catalogEvents } from './events/index.js';
import { hardwareConventionDefinitions } from './hardware-conventions.js';
import type { MetricDefinition } from './metric-spec.js';

export const GPU_CONVENTIONS = ['snakepit', 'hw', 'both'] as const;

/**
 * The names under which GPU samples are reported: Snakepit's (`snakepit.gpu.*`), those of OTel's hardware conventions
 * (`hw.*`, and `snakepit.gpu.*` where the conventions have no name), or both.
 */
export type GpuConventions = (typeof GPU_CONVENTIONS)[number];

/**
 * The definitions of all metrics that the catalog feeds: filter them, add your own, and hand the list to
 * `SnakepitInstrumentation`.
 *
 * @throws ConfigurationError for unknown conventions
 */
export function metricDefinitions(options: { gpuConventions?: GpuConventions } = {}): MetricDefinition[] {
  const { gpuConventions = 'snakepit' } = options;
  enumParser(GPU_CONVENTIONS)(gpuConventions, 'gpuConventions');
  const snakepit = catalogEvents.flatMap(([event, { metrics = [] }]) =>
    metrics.map((metric): MetricDefinition => ({ ...metric, event })),
  );
  if (gpuConventions === 'snakepit') return snakepit;
  if (gpuConventions === 'both') return [...snakepit, ...hardwareConventionDefinitions];
  const replaced = new Set(
    hardwareConventionDefinitions.flatMap((d) => ('replaces' in d && d.replaces ? d.replaces : [])),
  );
  return [...snakepit.filter(({ name }) => !replaced.has(name)), ...hardwareConventionDefinitions];
}
