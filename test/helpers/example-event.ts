import type { EventDefinition } from '../../src/catalog/event-definition.js';
import documented from '../fixtures/snakepit-events.json' with { type: 'json' };

type Values = Record<string, unknown>;

const examples = new Map<string, Record<string, { example?: unknown }>>(
  documented.events.map(({ name, metadata }) => [name, metadata as Record<string, { example?: unknown }>]),
);
const EPOCH_NS = 1_700_000_000_000_000_000;

/**
 * Builds an event as its producer emits it: the documented example of each metadata key and a plausible number for each
 * measurement.
 */
export function exampleEvent(
  name: string,
  definition: EventDefinition,
): { measurements: Values; metadata: Values } {
  const measurements = Object.fromEntries(
    Object.entries(definition.measurements).map(([key, { unit, type }], i) => {
      if (unit === 'epoch_ns') return [key, EPOCH_NS];
      if (unit === 'ns') return [key, (i + 2) * 1_000_000];
      return [key, type === 'float' ? i + 1.5 : i + 2];
    }),
  );
  const metadata = Object.fromEntries(
    Object.entries(definition.metadata).map(([key, field]) => {
      if (field.sensitive) return [key, field.type === 'list' ? [`secret ${key}`] : `secret ${key}`];
      const example = examples.get(name)?.[key]?.example;
      if (example !== undefined && example !== null && String(example) !== '') return [key, example];
      if (key === 'interval_ms') return [key, 60_000];
      if (field.type === 'device') return [key, 'cuda:0'];
      if (field.type === 'float' || field.type === 'integer') return [key, 1];
      if (field.type === 'boolean') return [key, true];
      if (field.type === 'list') return [key, [2, 3]];
      if (field.error) return [key, 'SomeError'];
      return [key, field.values?.[0] ?? `some ${key}`];
    }),
  );
  return { measurements, metadata };
}
