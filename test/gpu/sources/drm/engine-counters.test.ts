import { expect, it } from 'vitest';
import { EngineCounters } from '../../../../src/gpu/sources/drm/engine-counters.js';

const time = (ms: number, capacity = 1) => new Map([['gfx', { busy: ms * 1e6, capacity }]]);
const cycles = (busy: number, total: number, capacity = 1) => new Map([['rcs', { busy, total, capacity }]]);

it('returns the share of the time that passed', () => {
  const counters = new EngineCounters(time(100), 1000);
  expect(counters.update(time(350), 2000)).toEqual(new Map([['gfx', 25]]));
  expect(counters.update(time(1350), 3000)).toEqual(new Map([['gfx', 100]]));
});

it('divides by the number of engines', () => {
  expect(new EngineCounters(time(0, 4), 0).update(time(1000, 4), 1000)?.get('gfx')).toBe(25);
});

it('returns the share of the cycles that passed', () => {
  expect(new EngineCounters(cycles(100, 1000), 0).update(cycles(600, 2000), 1000)?.get('rcs')).toBe(50);
  expect(new EngineCounters(cycles(0, 1000, 2), 0).update(cycles(500, 2000, 2), 1000)?.get('rcs')).toBe(25);
});

it('keeps the largest value until a counter that fell behind has reached it', () => {
  const counters = new EngineCounters(time(1000), 0);
  expect(counters.update(time(900), 1000)?.get('gfx')).toBe(0);
  expect(counters.update(time(1100), 2000)?.get('gfx')).toBe(10);
});

it('compares a sample that follows too soon with an earlier one', () => {
  const counters = new EngineCounters(time(0), 0);
  expect(counters.update(time(10), 49)).toBeUndefined();
  expect(counters.update(time(50), 100)?.get('gfx')).toBe(50);
});

it('counts the first work of a kind of engine, which is listed from then on', () => {
  const counters = new EngineCounters(new Map(), 0);
  expect(counters.update(time(200), 1000)?.get('gfx')).toBe(20);
  expect(new EngineCounters(new Map(), 0).update(cycles(9, 9), 1000)?.get('rcs')).toBe(0);
});

it('never exceeds 100 %', () => {
  expect(new EngineCounters(time(0), 0).update(time(5000), 1000)?.get('gfx')).toBe(100);
  expect(new EngineCounters(cycles(0, 0), 0).update(cycles(9, 0), 1000)?.get('rcs')).toBe(0);
});
