import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { InsertionOrder } from '../../../src/recorders/tracing/insertion-order.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('InsertionOrder', () => {
  test('keeps the order of items that are deleted from anywhere', () => {
    const items = new InsertionOrder<number>();
    const places = [0, 1, 2, 3, 4].map((item) => items.add(item));
    for (const index of [2, 0, 4]) items.delete(places[index] as (typeof places)[number]);
    items.add(5);
    expect([...items]).toEqual([1, 3, 5]);
    expect(items.oldest).toBe(1);
    expect(items.size).toBe(3);
  });

  test('has no oldest item once it is empty', () => {
    const items = new InsertionOrder<string>();
    items.delete(items.add('only'));
    expect(items.oldest).toBeUndefined();
    expect(items.size).toBe(0);
    items.add('next');
    expect(items.oldest).toBe('next');
  });

  test('keeps no memory of items that are deleted while the oldest one stays', () => {
    const items = new InsertionOrder<object>();
    const { item: oldest } = items.add({});
    const before = heapUsed();
    for (let i = 0; i < 500_000; i++) {
      const place = items.add({});
      if (items.oldest !== oldest) throw new Error('the oldest item has changed');
      items.delete(place);
    }
    expect(heapUsed() - before).toBeLessThan(1_000_000);
    // Also keeps the list alive until here.
    expect(items.size).toBe(1);
  });
});
