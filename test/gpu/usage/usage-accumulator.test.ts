import { describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../src/gpu/readings.js';
import {
  accumulatedAttributes,
  addInterval,
  createAccumulator,
  intervalOf,
  type TimedReading,
  type UsageAccumulator,
} from '../../../src/gpu/usage/usage-accumulator.js';
import { gpu } from '../../helpers/fixtures.js';

const at = (ms: number, rest: Partial<GpuReading>): TimedReading => ({ at: ms, reading: gpu(0, rest) });
const usage = (sum: UsageAccumulator, endedAt: number) => accumulatedAttributes(sum, 'cuda:0', endedAt);
/** Sums up a span from 1000 to 3000 ms. As in production, the first reading after the end comes when the end is known. */
const sumOf = (readings: TimedReading[], before?: TimedReading, endedAt = 3000) => {
  const sum = createAccumulator(1000);
  let last = before;
  for (const reading of readings) {
    addInterval(sum, intervalOf(last, reading), reading.at > endedAt ? endedAt : undefined);
    last = reading;
  }
  return sum;
};

it('has no attributes without a reading since the start, even if there was one before', () => {
  expect(usage(sumOf([]), 3000)).toBeUndefined();
  expect(usage(sumOf([], at(900, { watts: 100 })), 3000)).toBeUndefined();
  expect(usage(sumOf([at(999, { watts: 100 })]), 3000)).toBeUndefined();
});

it('omits values that no reading has', () => {
  expect(usage(sumOf([at(1500, {}), at(2500, {})]), 3000)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 2,
  });
});

it('reports the memory peak and the difference between the first and the last reading', () => {
  const sum = sumOf([
    at(1000, { memoryUsedMib: 500 }),
    at(1500, { memoryUsedMib: 4000 }),
    at(2000, {}),
    at(3000, { memoryUsedMib: 700 }),
  ]);
  expect(usage(sum, 3000)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 4,
    'snakepit.gpu.memory.peak_mb': 4000,
    'snakepit.gpu.memory.delta_mb': 200,
  });
});

it('does not compare memory across GPUs when another one has taken the name', () => {
  const sum = sumOf([
    at(1000, { memoryUsedMib: 500 }),
    at(2000, { memoryUsedMib: 70_000, uuid: 'GPU-b' }),
    at(3000, { memoryUsedMib: 70_001, uuid: 'GPU-b' }),
  ]);
  expect(usage(sum, 3000)).toMatchObject({ 'snakepit.gpu.memory.delta_mb': 1 });
});

it('reports no memory difference for one reading', () => {
  expect(usage(sumOf([at(1500, { memoryUsedMib: 500 })]), 3000)).not.toHaveProperty(
    'snakepit.gpu.memory.delta_mb',
  );
});

it('reports mean and maximum utilization, without readings about the time before the start', () => {
  const sum = sumOf([
    at(1001, { gpuPercent: 100 }),
    at(1500, { gpuPercent: 20 }),
    at(2500, { gpuPercent: 40 }),
  ]);
  expect(usage(sum, 3000)).toMatchObject({
    'snakepit.gpu.utilization.mean_percent': 30,
    'snakepit.gpu.utilization.max_percent': 40,
  });
  expect(usage(sumOf([at(1001, { gpuPercent: 100 })]), 1002)).not.toHaveProperty(
    'snakepit.gpu.utilization.max_percent',
  );
});

describe('energy', () => {
  const joules = (readings: TimedReading[], before?: TimedReading, endedAt = 3000) =>
    usage(sumOf(readings, before, endedAt), endedAt)?.['snakepit.gpu.energy.joules'];

  it('is the difference of the counter between readings at both edges', () => {
    expect(joules([at(1000, { energyJoules: 50_000 }), at(3000, { energyJoules: 50_600 })])).toBe(600);
  });

  it('counts the part of an interval that falls within the span', () => {
    const before = at(500, { energyJoules: 0 });
    expect(joules([at(1500, { energyJoules: 100 }), at(3500, { energyJoules: 500 })], before)).toBe(
      50 + 300, // half of 100, three quarters of 400
    );
  });

  it('integrates power without a counter, and extends the nearest reading to the edges', () => {
    expect(joules([at(1500, { watts: 100 }), at(2500, { watts: 300 })])).toBe(
      100 * 0.5 + 200 * 1 + 300 * 0.5,
    );
  });

  it('extends the nearest interval to the edges with a counter and no power', () => {
    expect(joules([at(1500, { energyJoules: 0 }), at(2500, { energyJoules: 200 })])).toBe(400);
  });

  it('derives from the power of a single reading', () => {
    expect(joules([at(2000, { watts: 250 })])).toBe(500);
    expect(joules([at(2000, { energyJoules: 1000 })])).toBeUndefined();
  });

  it('falls back to power if the counter was reset', () => {
    const reset = [
      at(1000, { energyJoules: 9000, watts: 100 }),
      at(2000, { energyJoules: 10, watts: 100 }),
      at(3000, { energyJoules: 120, watts: 100 }),
    ];
    expect(joules(reset)).toBe(100 + 110);
  });

  it('uses the mean of an interval that the end cuts, whatever the power at its last reading', () => {
    const before = at(900, { watts: 50 });
    // 225 W on average from 900 to 3500 ms, of which the span has 2000 ms; and of 1200 to 1220, it has 10 ms.
    expect(joules([at(3500, { watts: 400 })], before)).toBe(450);
    expect(joules([at(1000, { watts: 50 }), at(1220, { watts: 400 })], undefined, 1010)).toBe(2.25);
  });

  it('counts a single reading after the end for the duration of the span only', () => {
    expect(joules([at(3500, { watts: 100 })])).toBe(200);
  });

  it('uses no more than one reading after the end', () => {
    expect(joules([at(1000, { watts: 100 }), at(3100, { watts: 100 }), at(3200, { watts: 999 })])).toBe(200);
  });

  it('is not the difference between two GPUs when one has taken the name of the other', () => {
    const moved = (ms: number, uuid: string, energyJoules: number) =>
      at(ms, { uuid, energyJoules, watts: 100 });
    expect(joules([moved(1500, 'GPU-b', 9e6), moved(3000, 'GPU-b', 9e6 + 30)], moved(900, 'GPU-a', 10))).toBe(
      50 + 30, // 100 W up to the first reading of the new one, which then counted 30
    );
    expect(joules([moved(1000, 'GPU-a', 10), moved(2000, 'GPU-a', 20), moved(3000, 'GPU-b', 9e6)])).toBe(10);
  });

  it('stays exact over a day at ten samples a second, in constant space', () => {
    const sum = createAccumulator(0);
    let last: TimedReading | undefined;
    for (let i = 0; i <= 864_000; i++) {
      const reading = at(i * 100, { watts: i % 2 ? 200 : 100 });
      addInterval(sum, intervalOf(last, reading));
      last = reading;
    }
    expect(usage(sum, 86_400_000)?.['snakepit.gpu.energy.joules']).toBeCloseTo(150 * 86_400, 3);
  });
});
