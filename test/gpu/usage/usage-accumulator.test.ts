import { describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../src/gpu/readings.js';
import { intervalOf, type TimedReading, UsageAccumulator } from '../../../src/gpu/usage/usage-accumulator.js';
import { gpu } from '../../helpers/fixtures.js';

const at = (ms: number, rest: Partial<GpuReading>): TimedReading => ({ at: ms, reading: gpu(0, rest) });
const cost = (meter: UsageAccumulator, endedAt: number) => meter.attributes('cuda:0', endedAt);
/** A meter over a span from 1000 to 3000 ms; as with real ones, the first reading after its end comes when that is known. */
const meterOf = (readings: TimedReading[], before?: TimedReading, endedAt = 3000) => {
  const meter = new UsageAccumulator(1000);
  let last = before;
  for (const reading of readings) {
    meter.add(intervalOf(last, reading), reading.at > endedAt ? endedAt : undefined);
    last = reading;
  }
  return meter;
};

it('without a reading there is nothing to tell, also where one came before', () => {
  expect(cost(meterOf([]), 3000)).toBeUndefined();
  expect(cost(meterOf([], at(900, { watts: 100 })), 3000)).toBeUndefined();
  expect(cost(meterOf([at(999, { watts: 100 })]), 3000)).toBeUndefined();
});

it('what no reading tells is absent', () => {
  expect(cost(meterOf([at(1500, {}), at(2500, {})]), 3000)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 2,
  });
});

it('memory: the peak, and what was taken from the first reading to the last', () => {
  const meter = meterOf([
    at(1000, { memoryUsedMib: 500 }),
    at(1500, { memoryUsedMib: 4000 }),
    at(2000, {}),
    at(3000, { memoryUsedMib: 700 }),
  ]);
  expect(cost(meter, 3000)).toEqual({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.samples': 4,
    'snakepit.gpu.memory.peak_mb': 4000,
    'snakepit.gpu.memory.delta_mb': 200,
  });
});

it('memory of another GPU that has taken the name is not compared with', () => {
  const meter = meterOf([
    at(1000, { memoryUsedMib: 500 }),
    at(2000, { memoryUsedMib: 70_000, uuid: 'GPU-b' }),
    at(3000, { memoryUsedMib: 70_001, uuid: 'GPU-b' }),
  ]);
  expect(cost(meter, 3000)).toMatchObject({ 'snakepit.gpu.memory.delta_mb': 1 });
});

it('one reading has no difference', () => {
  expect(cost(meterOf([at(1500, { memoryUsedMib: 500 })]), 3000)).not.toHaveProperty(
    'snakepit.gpu.memory.delta_mb',
  );
});

it('utilization: mean and highest, without readings that speak of the time before the start', () => {
  const meter = meterOf([
    at(1001, { gpuPercent: 100 }),
    at(1500, { gpuPercent: 20 }),
    at(2500, { gpuPercent: 40 }),
  ]);
  expect(cost(meter, 3000)).toMatchObject({
    'snakepit.gpu.utilization.mean_percent': 30,
    'snakepit.gpu.utilization.max_percent': 40,
  });
  expect(cost(meterOf([at(1001, { gpuPercent: 100 })]), 1002)).not.toHaveProperty(
    'snakepit.gpu.utilization.max_percent',
  );
});

describe('energy', () => {
  const joules = (readings: TimedReading[], before?: TimedReading, endedAt = 3000) =>
    cost(meterOf(readings, before, endedAt), endedAt)?.['snakepit.gpu.energy.joules'];

  it('is what the counter counted between readings at both edges', () => {
    expect(joules([at(1000, { energyJoules: 50_000 }), at(3000, { energyJoules: 50_600 })])).toBe(600);
  });

  it('of an interval that the span cuts is shared out in proportion', () => {
    const before = at(500, { energyJoules: 0 });
    expect(joules([at(1500, { energyJoules: 100 }), at(3500, { energyJoules: 500 })], before)).toBe(
      50 + 300, // half of 100, three quarters of 400
    );
  });

  it('without a counter is the power over the time, edges being like what is next to them', () => {
    expect(joules([at(1500, { watts: 100 }), at(2500, { watts: 300 })])).toBe(
      100 * 0.5 + 200 * 1 + 300 * 0.5,
    );
  });

  it('with a counter and no power, edges are like the interval next to them', () => {
    expect(joules([at(1500, { energyJoules: 0 }), at(2500, { energyJoules: 200 })])).toBe(400);
  });

  it('of one reading rests on its power alone', () => {
    expect(joules([at(2000, { watts: 250 })])).toBe(500);
    expect(joules([at(2000, { energyJoules: 1000 })])).toBeUndefined();
  });

  it('falls back to power where the counter was reset', () => {
    const reset = [
      at(1000, { energyJoules: 9000, watts: 100 }),
      at(2000, { energyJoules: 10, watts: 100 }),
      at(3000, { energyJoules: 120, watts: 100 }),
    ];
    expect(joules(reset)).toBe(100 + 110);
  });

  it('of an interval that the end cuts is its mean, however much or little power there was at its last', () => {
    const before = at(900, { watts: 50 });
    // 225 W on average from 900 to 3500 ms, of which the span has 2000 ms; and of 1200 to 1220, it has 10 ms.
    expect(joules([at(3500, { watts: 400 })], before)).toBe(450);
    expect(joules([at(1000, { watts: 50 }), at(1220, { watts: 400 })], undefined, 1010)).toBe(2.25);
  });

  it('of one reading that comes after the end is for the span alone', () => {
    expect(joules([at(3500, { watts: 100 })])).toBe(200);
  });

  it('rests on one reading after the end', () => {
    expect(joules([at(1000, { watts: 100 }), at(3100, { watts: 100 }), at(3200, { watts: 999 })])).toBe(200);
  });

  it('is not the difference between two GPUs, of which one has taken the name of the other', () => {
    const moved = (ms: number, uuid: string, energyJoules: number) =>
      at(ms, { uuid, energyJoules, watts: 100 });
    expect(joules([moved(1500, 'GPU-b', 9e6), moved(3000, 'GPU-b', 9e6 + 30)], moved(900, 'GPU-a', 10))).toBe(
      50 + 30, // 100 W up to the first reading of the new one, which then counted 30
    );
    expect(joules([moved(1000, 'GPU-a', 10), moved(2000, 'GPU-a', 20), moved(3000, 'GPU-b', 9e6)])).toBe(10);
  });

  it('of a day at ten samples a second is right, in constant space', () => {
    const meter = new UsageAccumulator(0);
    let last: TimedReading | undefined;
    for (let i = 0; i <= 864_000; i++) {
      const reading = at(i * 100, { watts: i % 2 ? 200 : 100 });
      meter.add(intervalOf(last, reading));
      last = reading;
    }
    expect(cost(meter, 86_400_000)?.['snakepit.gpu.energy.joules']).toBeCloseTo(150 * 86_400, 3);
  });
});
