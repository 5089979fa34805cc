import { expect, it, onTestFinished } from 'vitest';
import { GPUProfiler, type GpuReading } from '../../src/index.js';
import { FakeSource, gpu, sampled } from '../helpers/fixtures.js';
import { instrumentedHost } from '../helpers/sdk.js';

it('joins names and drivers to the other series of a device, of every GPU whatever its readings', async () => {
  const host = instrumentedHost();
  const identity = {
    uuid: 'GPU-a',
    name: 'NVIDIA H100',
    pciAddress: '0000:1b:00.0',
    driverVersion: '550.54',
  };
  const busy: GpuReading = { device: 'xpu:0', index: 1, vendor: 'intel', gpuPercent: 40 };
  const profiler = new GPUProfiler({
    enabled: false,
    source: new FakeSource(() => sampled(gpu(0, { ...identity, gpuPercent: 3 }), busy)),
  });
  onTestFinished(() => profiler.shutdown());
  await profiler.sampleNow();
  await profiler.sampleNow();
  const points = (await host.metric('snakepit.gpu.info'))?.dataPoints ?? [];
  expect(points.map(({ attributes, value }) => [attributes, value])).toEqual([
    [
      {
        device: 'cuda:0',
        uuid: 'GPU-a',
        name: 'NVIDIA H100',
        vendor: 'nvidia',
        pci_address: '0000:1b:00.0',
        driver_version: '550.54',
      },
      1,
    ],
    [expect.objectContaining({ device: 'xpu:0', vendor: 'intel' }), 1],
  ]);
});
