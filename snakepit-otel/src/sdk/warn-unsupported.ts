import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { nearestName } from 'opentelemetry-instrumentation-snakepit/internal';
import { printWarning } from './print-warning.js';

/** Warns about each entry of a configuration file that this SDK cannot honor. */
export function warnUnsupported(
  place: string,
  entries: object | null | undefined,
  supported: readonly string[],
): void {
  for (const [name, value] of Object.entries(entries ?? {})) {
    if (value === undefined || value === null || supported.includes(name)) continue;
    const nearest = nearestName(name, supported);
    const hint = nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest)}?`;
    printWarning(`${name} in ${place} of the configuration has no effect: not supported.${hint}`);
  }
}

/** Returns the only entry of an object that selects one of several kinds, such as an exporter or a sampler. */
export function onlyEntry(
  place: string,
  object: object,
): readonly [string, Readonly<Record<string, unknown>>] {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  const [first] = entries;
  if (first === undefined || entries.length > 1) {
    throw new ConfigurationError(place, entries.map(([name]) => name).join(', '), 'exactly one entry');
  }
  return [first[0], first[1] ?? {}];
}
