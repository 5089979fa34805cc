// Stand-ins of NVIDIA's library and of nvidia-smi: no GPU is read.
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { attachMany, detach, GPUProfiler } from '../../src/index.js';
import { fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { fakeGpu, fakeNvml, noCompiler } from '../fakes/nvml.js';
import { until } from '../helpers/fixtures.js';

it.skipIf(noCompiler)(
  'moves to a better source once its driver is there, and keeps the devices',
  async () => {
    const nvml = await fakeNvml({ gpus: [fakeGpu(0)] });
    const nvidiaSmi = await fakeNvidiaSmi();
    const { uuid } = fakeGpu(0);
    await nvidiaSmi.printsTable(`index, count, uuid, memory.total\n0, 1, ${uuid}, 81920\n`);
    const nvmlLibrary = join(dirname(nvml.library), 'late.so');
    const seen: string[] = [];
    attachMany(
      'devices',
      ['snakepit.gpu.device.lost', 'snakepit.gpu.device.found'],
      ({ name }) => void seen.push(name),
    );
    const profiler = new GPUProfiler({ enabled: false, nvmlLibrary, nvidiaSmi: nvidiaSmi.path });
    onTestFinished(async () => {
      detach('devices');
      await profiler.shutdown();
      await Promise.all([nvml.remove(), nvidiaSmi.remove()]);
    });
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    expect((await profiler.sampleNow())[0]?.energyJoules).toBeUndefined();
    await copyFile(nvml.library, nvmlLibrary);
    const reading = await until(async () => {
      vi.advanceTimersByTime(60_000);
      const [each] = await profiler.sampleNow();
      return each?.energyJoules !== undefined && each;
    });
    expect(reading).toMatchObject({ uuid, energyJoules: 1234.567 });
    expect(seen).toEqual(['snakepit.gpu.device.found']);
  },
);
