import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { AmdgpuSource } from '../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { GPUProfiler } from '../../src/index.js';
import { fakeProc } from '../fakes/proc.js';
import { fakeSysfs } from '../fakes/sysfs.js';
import { AMDGPU_FDINFO, withValues } from '../helpers/fdinfo.js';
import { FULL_AMDGPU } from '../helpers/full-readings.js';
import { instrumentedHost } from '../helpers/sdk.js';

it('records the memory of each process on an AMD GPU, and leaves no file open after the shutdown', async () => {
  const sysfs = await fakeSysfs();
  onTestFinished(() => sysfs.remove());
  const proc = fakeProc(sysfs.proc);
  await proc.namespace();
  await sysfs.card(0, FULL_AMDGPU);
  const client = (id: number, vram: string) => ({
    target: '/dev/dri/renderD128',
    info: withValues(AMDGPU_FDINFO, {
      'drm-pdev': '0000:c1:00.0',
      'drm-client-id': String(id),
      'drm-resident-vram': vram,
    }),
  });
  await proc.process(20, { 5: client(1, '3 GiB') }, 'vllm');
  await proc.process(21, { 5: client(2, '64 MiB') }, 'blender');
  const host = instrumentedHost();
  const before = readdirSync('/proc/self/fd').length;
  const profiler = new GPUProfiler({ enabled: false, source: new AmdgpuSource(sysfs) });
  await profiler.sampleNow();
  const points = (await host.metric('snakepit.gpu.process.memory.used_mb'))?.dataPoints ?? [];
  expect(points.map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ device: 'rocm:0', pid: 20, process: 'vllm' }, 3072],
    [{ device: 'rocm:0', pid: 21, process: 'blender' }, 64],
  ]);
  const info = (await host.metric('snakepit.gpu.info'))?.dataPoints ?? [];
  expect(info[0]?.attributes).toMatchObject({ device: 'rocm:0', compute_partition: 'SPX' });
  expect(readdirSync('/proc/self/fd').length).toBeGreaterThan(before);
  await profiler.shutdown();
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});
