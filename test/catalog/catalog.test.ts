import { describe, expect, test } from 'vitest';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { metricDefinitions } from '../../src/index.js';
import facts from '../fixtures/snakepit-events.json' with { type: 'json' };

const rows = new Map(catalogEvents);

describe('the catalog holds the facts of Snakepit', () => {
  test.each(facts.events.map((event) => [event.name, event] as const))('%s', (name, event) => {
    const row = rows.get(name);
    expect(row, 'is in the catalog').toBeDefined();
    expect(Object.keys(row?.measurements ?? {})).toEqual(
      expect.arrayContaining(Object.keys(event.measurements)),
    );
    expect(Object.keys(row?.metadata ?? {})).toEqual(expect.arrayContaining(Object.keys(event.metadata)));
    expect(row?.description).toBe(event.description);
    if ('span' in event) expect(row?.trace).toMatchObject({ span: event.span });
  });
});

test('events that are not Snakepit’s are marked as this package’s own', () => {
  const known = new Set(facts.events.map(({ name }) => name));
  const own = catalogEvents.filter(([name]) => !known.has(name));
  expect(own.length).toBeGreaterThan(0);
  for (const [, row] of own) expect(row.origin).toBe('package');
});

describe('the metric definitions', () => {
  const definitions = metricDefinitions({ gpuConventions: 'both' });

  test('read measurements and tags that their event has', () => {
    for (const definition of definitions) {
      const row = rows.get(definition.event);
      const keys = Object.keys(row?.metadata ?? {});
      for (const tag of definition.tags ?? []) {
        expect(keys, definition.name).toContain(typeof tag === 'string' ? tag : tag.key);
      }
      if ('measurement' in definition && typeof definition.measurement === 'string') {
        expect(Object.keys(row?.measurements ?? {}), definition.name).toContain(definition.measurement);
      }
    }
  });

  test('have names that stay distinct once sanitised and suffixed for Prometheus', () => {
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
        expect(rows.get(event)?.metadata[key]?.sensitive ?? false).toBe(false);
      }
    }
  });
});
