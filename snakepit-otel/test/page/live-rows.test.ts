import { describe, expect, test } from 'vitest';
import { LiveRows } from '../../src/page/client/live-rows.js';

const head = (id: string, ms = 1) =>
  ({ id, name: id, start: 0, ms, spans: 1, status: 'ok', devices: [], services: [] }) as const;
const event = (name: string) => ({ ts: 0, level: 'info', name, text: name, attributes: {} }) as const;
const pool = (name: string, requests = 0) =>
  ({ name, requests, errors: 0, retries: 0, restarts: 0, lastEvent: 0 }) as const;

describe('rows of a client', () => {
  test('a row that changed becomes the newest, and the last version of a message counts', () => {
    const rows = new LiveRows();
    rows.apply('traces', [head('a'), head('b')]);
    rows.apply('traces', [head('a', 2), head('a', 3)]);
    expect(rows.traces.map(({ id, ms }) => `${id} ${ms}`)).toEqual(['b 1', 'a 3']);
  });

  test('a list that was taken before a message stays as it was', () => {
    const rows = new LiveRows();
    rows.apply('traces', [head('a')]);
    rows.apply('events', { rows: [event('1')], skipped: 0 });
    const { traces, events } = rows;
    rows.apply('traces', [head('b')]);
    rows.apply('events', { rows: [event('2')], skipped: 0 });
    expect([traces, events].map((list) => list.length)).toEqual([1, 1]);
    expect([rows.traces, rows.events].map((list) => list.length)).toEqual([2, 2]);
  });

  test('bounds hold for lists and for maps, whose known rows go on to change', () => {
    const rows = new LiveRows({ rows: 2, keys: 2 });
    rows.apply(
      'traces',
      ['a', 'b', 'c'].map((id) => head(id)),
    );
    for (const name of ['x', 'y', 'z']) rows.apply('pool', pool(name));
    rows.apply('pool', pool('x', 5));
    expect(rows.traces.map(({ id }) => id)).toEqual(['b', 'c']);
    expect([...rows.pools.values()].map(({ name, requests }) => [name, requests])).toEqual([
      ['x', 5],
      ['y', 0],
    ]);
  });
});
