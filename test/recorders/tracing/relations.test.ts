import { expect, test } from 'vitest';
import { Relations } from '../../../src/recorders/tracing/relations.js';

const IDS = { producer: 'p', worker: 'w', correlation: 'c1', traceparent: '' };

test('an event whose span the provider of the host fails to make leaves nothing behind', () => {
  const relations = new Relations();
  const [relation] = relations.of(IDS);
  expect(relations.known(IDS)).toEqual([]);
  if (relation !== undefined) relations.keep(relation);
  expect(relations.known(IDS)).toEqual([relation]);
  expect(relations.of(IDS)).toEqual([relation]);
});
