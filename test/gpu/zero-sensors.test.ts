import { expect, it } from 'vitest';
import { completeSample } from '../../src/gpu/complete-sample.js';
import type { GpuReading } from '../../src/gpu/readings.js';
import { known } from '../fakes/sysfs.js';
import { gpu, sampled } from '../helpers/fixtures.js';

const complete = (reading: GpuReading) => known(completeSample(sampled(reading)).readings[0]);

it('has no utilization or clock of a Jetson whose driver returns 0 for everything (nv-monitor#17)', () => {
  const zeros = {
    memoryUsedMib: 0,
    memoryTotalMib: 0,
    memoryFreeMib: 0,
    gpuPercent: 0,
    memoryControllerPercent: 0,
    celsius: 0,
    watts: 0,
    graphicsClockMhz: 0,
    smClockMhz: 0,
    memoryClockMhz: 0,
  };
  const reading = complete(gpu(0, { name: 'Orin (nvgpu)', ...zeros }));
  // The memory is the machine's.
  const { memoryUsedMib, memoryTotalMib, memoryFreeMib, unifiedMemory, ...others } = reading;
  for (const key of Object.keys(zeros)) expect(others).not.toHaveProperty(key);
  expect(unifiedMemory).toBe(1);
});

it('keeps the utilization of an idle GPU', () => {
  const idle = { gpuPercent: 0, celsius: 31, watts: 9, graphicsClockMhz: 210, smClockMhz: 210 };
  expect(complete(gpu(0, idle))).toMatchObject(idle);
});

it('keeps zeros of GPUs whose engines stop while they are idle', () => {
  const idle: GpuReading = { device: 'xpu:0', index: 0, vendor: 'intel', gpuPercent: 0, graphicsClockMhz: 0 };
  expect(complete(idle)).toMatchObject({ gpuPercent: 0, graphicsClockMhz: 0 });
});

it('has no use of the memory controller of a GPU whose driver does not count it (home-ops#13238)', () => {
  const spark = { name: 'NVIDIA GB10', gpuPercent: 96, celsius: 71, watts: 60, smClockMhz: 2400 };
  const withoutMemory = { memoryTotalMib: undefined, memoryUsedMib: undefined, memoryFreeMib: undefined };
  const reading = complete(gpu(0, { ...spark, ...withoutMemory, memoryControllerPercent: 0 }));
  expect(reading).toMatchObject({ gpuPercent: 96, unifiedMemory: 1 });
  expect(reading).not.toHaveProperty('memoryControllerPercent');
});
