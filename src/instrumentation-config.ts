import { checkEvent } from './catalog/check-event.js';
import { checkMetric } from './catalog/check-metric.js';
import type { CustomEventDefinition } from './catalog/event-definition.js';
import { catalog } from './catalog/events/index.js';
import { LOG_LEVELS } from './catalog/log-level.js';
import { GPU_CONVENTIONS } from './catalog/metric-definitions.js';
import type { MetricDefinition } from './catalog/metric-spec.js';
import { nearestName } from './common/nearest-name.js';
import { ConfigurationError } from './configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from './configuration/options.js';
import { enumParser, listParser, parseSwitch, parseText, recordParser } from './configuration/parse.js';
import { checkSpanGpu } from './gpu/usage/span-gpu.js';
import { parseInstrumentations } from './instrumentations/options/parse-instrumentations.js';
import { parseSpanTimes } from './recorders/tracing/span-times.js';
import type { SnakepitInstrumentationConfig } from './types.js';

const OPTIONS: OptionParsers<SnakepitInstrumentationConfig> = {
  enabled: parseSwitch,
  metrics: listParser((metric) => metric as MetricDefinition),
  gpuConventions: enumParser(GPU_CONVENTIONS),
  spanGpu: checkSpanGpu,
  events: recordParser((definition) => definition as CustomEventDefinition),
  spans: parseSpanTimes,
  instrumentations: parseInstrumentations,
  logLevel: enumParser(LOG_LEVELS),
  includeSensitive: parseSwitch,
};
/** Events of spans may have any name. */
const SPAN_EVENT = /\.(?:start|stop|exception)$/;

/** @throws ConfigurationError for an unknown or invalid option, event or metric */
export function parseConfig(config: SnakepitInstrumentationConfig): SnakepitInstrumentationConfig {
  const parsed = parseOptions<SnakepitInstrumentationConfig>('SnakepitInstrumentation', config, OPTIONS);
  const { events = {}, metrics = [] } = parsed;
  for (const [name, definition] of Object.entries(events)) checkEvent(`event ${name}`, definition);
  const known: Readonly<Record<string, object>> = { ...catalog, ...events };
  for (const metric of metrics) {
    const { event, name } = Object(metric) as Partial<MetricDefinition>;
    const setting = `event of ${name}`;
    parseText(event, setting);
    const definition = Object.hasOwn(known, event as string) ? known[event as string] : undefined;
    if (definition === undefined && isMisspelled(event as string))
      throw new ConfigurationError(setting, event, knownEvents(event as string, Object.keys(known)));
    checkMetric(metric, definition ?? {});
  }
  return parsed;
}

const isMisspelled = (event: string): boolean => event.startsWith('snakepit.') && !SPAN_EVENT.test(event);

function knownEvents(misspelled: string, known: readonly string[]): string {
  const nearest = nearestName(misspelled, known);
  return `events of the catalog and of the option events${nearest === undefined ? '' : `, such as ${nearest}`}`;
}
