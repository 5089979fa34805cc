import { expect, it } from 'vitest';
import { gpuSampleEvents } from '../../src/catalog/events/gpu-samples.js';
import type { Fields } from '../../src/catalog/field.js';
import { GPU_READINGS } from '../../src/gpu/readings.js';
import { NvmlSource } from '../../src/gpu/sources/nvml/nvml-source.js';
import { fakeGpu, fakeNvml, GIB, noCompiler } from '../fakes/nvml.js';
import { known } from '../fakes/sysfs.js';

const rows = Object.values(GPU_READINGS);

it('has the units of the catalog', () => {
  const inCatalog = rows.map(({ event, measurement }) => {
    const fields: Fields = gpuSampleEvents[event].measurements;
    return fields[measurement]?.unit;
  });
  expect(inCatalog).toEqual(rows.map(({ unit }) => unit));
});

it('has a row for every measurement of its events, except for the one that is derived', () => {
  const events = [...new Set(rows.map(({ event }) => event))];
  const inCatalog = events.flatMap((event) => Object.keys(gpuSampleEvents[event].measurements));
  const measurements: string[] = rows.map(({ measurement }) => measurement);
  expect(inCatalog.filter((name) => !measurements.includes(name))).toEqual(['memory_percent']);
});

it.skipIf(noCompiler)('marks the readings of a fast sample', async () => {
  const nvml = await fakeNvml({ gpus: [fakeGpu(0, { compute: [[1, GIB]] })] });
  const source = new NvmlSource(nvml.library);
  const { readings } = await source.sampleFast(new AbortController().signal);
  await source.close();
  await nvml.remove();
  const read = Object.keys(known(readings[0])).filter((key) => key in GPU_READINGS);
  const fast = Object.entries(GPU_READINGS).flatMap(([key, row]) => ('fast' in row ? key : []));
  expect(read).toEqual(fast);
});
