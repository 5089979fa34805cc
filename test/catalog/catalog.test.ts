import { describe, expect, test } from 'vitest';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { metricDefinitions } from '../../src/index.js';
import facts from '../fixtures/snakepit-events.json' with { type: 'json' };

const events = new Map(catalogEvents);

describe('agrees with the facts of Snakepit', () => {
  test.each(facts.events.map((event) => [event.name, event] as const))('%s', (name, event) => {
    const definition = events.get(name);
    expect(definition, 'is in the catalog').toBeDefined();
    expect(Object.keys(definition?.measurements ?? {})).toEqual(
      expect.arrayContaining(Object.keys(event.measurements)),
    );
    expect(Object.keys(definition?.metadata ?? {})).toEqual(
      expect.arrayContaining(Object.keys(event.metadata)),
    );
    expect(definition?.description).toBe(event.description);
    if ('span' in event) expect(definition?.trace).toMatchObject({ span: event.span });
  });
});

test('marks events that Snakepit does not have as its own', () => {
  const known = new Set(facts.events.map(({ name }) => name));
  const own = catalogEvents.filter(([name]) => !known.has(name));
  expect(own.length).toBeGreaterThan(0);
  for (const [, definition] of own) expect(definition.origin).toBe('package');
});

describe('the metric definitions', () => {
  const definitions = metricDefinitions({ gpuConventions: 'both' });

  test('read measurements and tags that their event has', () => {
    for (const definition of definitions) {
      const event = events.get(definition.event);
      const keys = Object.keys(event?.metadata ?? {});
      for (const tag of definition.tags ?? []) {
        expect(keys, definition.name).toContain(typeof tag === 'string' ? tag : tag.key);
      }
      if ('measurement' in definition && typeof definition.measurement === 'string') {
        expect(Object.keys(event?.measurements ?? {}), definition.name).toContain(definition.measurement);
      }
    }
  });

  test('have names that stay distinct once sanitized and suffixed for Prometheus', () => {
    const byPrometheusName = new Map<string, Set<string>>();
    for (const { name, kind } of definitions) {
      const base = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_total$/, '');
      const suffixes = kind === 'distribution' ? ['_bucket', '_sum', '_count', ''] : [''];
      for (const suffix of suffixes) {
        const names = byPrometheusName.get(base + suffix) ?? new Set();
        byPrometheusName.set(base + suffix, names.add(name));
      }
    }
    for (const names of byPrometheusName.values()) expect([...names]).toHaveLength(1);
  });

  test('have a description, a unit, and ascending boundaries', () => {
    for (const definition of definitions) {
      expect(definition.description, definition.name).toMatch(/\S/);
      if (definition.kind !== 'distribution') continue;
      expect(definition.boundaries).toEqual([...definition.boundaries].sort((a, b) => a - b));
    }
  });

  test('never tag an instrument of Snakepit with free text', () => {
    for (const { event, tags = [] } of definitions) {
      for (const tag of tags) {
        const key = typeof tag === 'string' ? tag : tag.key;
        expect(events.get(event)?.metadata[key]?.sensitive ?? false).toBe(false);
      }
    }
  });
});
