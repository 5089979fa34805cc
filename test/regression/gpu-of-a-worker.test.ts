// A worker's device names are not the driver's. The GPUs are a source in memory, the worker is a real process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { GPUProfiler, span, watchChildProcess } from '../../src/index.js';
import { FakeSource, gpu, sampled, until } from '../helpers/fixtures.js';
import { instrumentedHost } from '../helpers/sdk.js';

afterEach(() => vi.unstubAllEnvs());

/** GPU 0 is small and idle, GPU 1 is large and full. */
async function sampleTwoGpus(): Promise<void> {
  const source = new FakeSource(() =>
    sampled(
      gpu(0, { name: 'GTX 1650', memoryUsedMib: 91, memoryTotalMib: 4096, memoryFreeMib: 4005 }),
      gpu(1, { name: 'RTX 2080 Ti', memoryUsedMib: 11_000, memoryTotalMib: 11_264, memoryFreeMib: 264 }),
    ),
  );
  const sampleFast = (signal: AbortSignal) => source.sample(signal);
  const profiler = new GPUProfiler({ source: Object.assign(source, { sampleFast }), enabled: false });
  onTestFinished(() => profiler.shutdown());
  await profiler.sampleNow();
}

const MESSAGE = (total: string) =>
  `Traceback (most recent call last):\n  File "w.py", line 1, in <module>\ntorch.OutOfMemoryError: CUDA out of memory. ` +
  `Tried to allocate 2.00 GiB. GPU 0${total} of which 264.00 MiB is free.\n`;

async function reported(message: string, env?: Record<string, string>) {
  const host = instrumentedHost();
  await sampleTwoGpus();
  await span('forward', {}, async () => {
    const child = spawn(process.execPath, ['--eval', `process.stderr.write(${JSON.stringify(message)})`]);
    watchChildProcess(child, { env });
    child.stderr.resume();
    await once(child, 'close');
  });
  const event = await until(() => host.spans()[0]?.events[0]);
  return event?.attributes ?? {};
}

it('adds the state of the GPU that the environment of the worker selects', async () => {
  const env = { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };
  const attributes = await reported(MESSAGE(' has a total capacity of 11.00 GiB'), env);
  expect(attributes).toMatchObject({
    'snakepit.device': 'cuda:0',
    'snakepit.gpu.memory.total_mb': 11_264,
    'snakepit.visible_devices': '1',
  });
});

it('adds the state of the GPU with the memory of the message', async () => {
  const attributes = await reported(MESSAGE(' has a total capacity of 11.00 GiB'));
  expect(attributes).toMatchObject({ 'snakepit.gpu.memory.used_mb': 11_000 });
});

it('adds no state if it cannot be known which GPU it is', async () => {
  expect(await reported(MESSAGE(''))).not.toHaveProperty('snakepit.gpu.memory.total_mb');
});

it('records the usage of the GPU that the environment of this process selects', async () => {
  const host = instrumentedHost();
  await sampleTwoGpus();
  const step = (name: string) => span(name, { device: 'cuda:0' }, async () => {}, { gpu: 'auto' });
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '1');
  await step('unknown order');
  vi.stubEnv('CUDA_DEVICE_ORDER', 'PCI_BUS_ID');
  await step('known order');
  await vi.waitUntil(() => host.spans().length === 2);
  const devices = host.spans().map(({ name, attributes }) => [name, attributes['snakepit.gpu.device']]);
  expect(devices).toEqual([
    ['unknown order', undefined],
    ['known order', 'cuda:1'],
  ]);
});
