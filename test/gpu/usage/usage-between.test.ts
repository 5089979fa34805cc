import { expect, test } from 'vitest';
import type { GpuReading } from '../../../src/gpu/readings.js';
import { keepInterval, type RecentReadings } from '../../../src/gpu/usage/recent-readings.js';
import {
  accumulatedAttributes,
  addInterval,
  createAccumulator,
  type GpuInterval,
  intervalOf,
  type TimedReading,
} from '../../../src/gpu/usage/usage-accumulator.js';
import { usageBetween } from '../../../src/gpu/usage/usage-between.js';
import { gpu } from '../../helpers/fixtures.js';

/** Returns pseudo-random numbers below 1, the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const OWN = 1;
const isOwn = (pid: number) => pid === OWN;

/** Readings of a device with values that come and go, gaps, resets of its counter, and changes of its processes. */
function randomReadings(random: () => number, count: number): TimedReading[] {
  const maybe = <T>(share: number, value: T) => (random() < share ? value : undefined);
  let at = 1000;
  let energyJoules = 0;
  let uuid = 'GPU-1';
  let processes = [{ pid: OWN }];
  return Array.from({ length: count }, () => {
    at += random() < 0.02 ? 5000 + random() : 20 + 200 * random();
    energyJoules = random() < 0.01 ? 0 : energyJoules + 50 * random();
    if (random() < 0.01) uuid = `GPU-${Math.floor(3 * random())}`;
    if (random() < 0.03) processes = random() < 0.9 ? [{ pid: OWN }] : [{ pid: OWN }, { pid: 2 }];
    const reading: GpuReading = gpu(0, {
      uuid,
      processes,
      memoryUsedMib: maybe(0.9, Math.floor(80_000 * random())),
      gpuPercent: maybe(0.9, Math.floor(100 * random())),
      watts: maybe(0.8, 700 * random()),
      energyJoules: maybe(0.7, energyJoules),
    });
    return { at, reading };
  });
}

/** Adds one reading after another, as for an open span. */
function plainUsage(intervals: readonly GpuInterval[], start: number, end: number) {
  const sum = createAccumulator(start);
  let isShared = false;
  for (const interval of intervals) {
    const { at, reading } = interval.to;
    if (at < start) continue;
    if (at <= end) addInterval(sum, interval, end);
    else if (!(sum.samples >= 2 && sum.last?.to.at === end)) {
      const seen = {
        ...reading,
        gpuPercent: at - end > 100 ? undefined : reading.gpuPercent,
        memoryUsedMib: at - end > 1000 ? undefined : reading.memoryUsedMib,
      };
      addInterval(sum, { ...interval, to: { at, reading: seen } }, end);
      if (at - end > 1000) sum.samples -= 1;
    }
    isShared ||= reading.processes?.some(({ pid }) => !isOwn(pid)) === true;
    if (at >= end) break;
  }
  const attributes = accumulatedAttributes(sum, 'cuda:0', end);
  return attributes && { ...attributes, ...(isShared && { 'snakepit.gpu.shared': true }) };
}

const ENERGY = 'snakepit.gpu.energy.joules';
const MEAN = 'snakepit.gpu.utilization.mean_percent';

test('the usage of a span of any length is that of all readings in its time', () => {
  const random = randomNumbers(7);
  let compared = 0;
  for (let round = 0; round < 6; round++) {
    const readings = randomReadings(random, 3000);
    const intervals = readings.map((reading, i) => intervalOf(readings[i - 1], reading));
    const recent: RecentReadings = new Map();
    for (const interval of intervals) keepInterval(recent, interval);
    const kept = recent.get('cuda:0');
    if (kept === undefined) throw new Error('nothing was kept');
    expect(kept.intervals).toHaveLength(3000);
    const last = readings.at(-1)?.at ?? 0;
    for (let i = 0; i < 60; i++) {
      // Each with readings before it: those of a span that began before all readings lack its start.
      const start = 2000 + (last - 2000) * random();
      const end = i % 10 === 0 ? (readings[2999]?.at ?? 0) : start + (last + 3000 - start) * random() ** 3;
      const usage = usageBetween(kept, start, end, isOwn);
      const plain = plainUsage(intervals, start, end);
      compared += 1;
      expect(usage === undefined).toBe(plain === undefined);
      const inexact = (value: object | undefined) => ({ ...value, [ENERGY]: 0, [MEAN]: 0 });
      expect(inexact(usage)).toEqual(inexact(plain));
      for (const key of [ENERGY, MEAN]) {
        const expected = plain?.[key as keyof typeof plain];
        if (expected === undefined) expect(usage?.[key]).toBeUndefined();
        else expect(Number(usage?.[key]) / Number(expected) || 1).toBeCloseTo(1, 9);
      }
    }
  }
  expect(compared).toBe(360);
});

test('a span over many readings examines few of them', () => {
  const recent: RecentReadings = new Map();
  let before: TimedReading | undefined;
  for (let at = 0; at < 4000; at++) {
    const timed = { at: at * 100, reading: gpu(0, { gpuPercent: 50, watts: 100, memoryUsedMib: at }) };
    keepInterval(recent, intervalOf(before, timed));
    before = timed;
  }
  const kept = recent.get('cuda:0');
  if (kept === undefined) throw new Error('nothing was kept');
  const examined = new Set<string | symbol>();
  const intervals = new Proxy(kept.intervals, {
    get(target, key) {
      examined.add(key);
      return Reflect.get(target, key);
    },
  });
  expect(usageBetween({ ...kept, intervals }, 1050, 390_050, isOwn)).toMatchObject({
    'snakepit.gpu.memory.peak_mb': 3901,
    'snakepit.gpu.memory.delta_mb': 3901 - 11,
    [MEAN]: 50,
    [ENERGY]: expect.closeTo(100 * 389, 6),
  });
  expect(examined.size).toBeLessThan(250);
});
