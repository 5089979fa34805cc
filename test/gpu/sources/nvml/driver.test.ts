import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GPUProfiler } from '../../../../src/gpu/profiler.js';
import { NvmlSource, probeNvml } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import { RETURN_CODES } from '../../../../src/gpu/sources/nvml/return-codes.js';
import {
  type FakeGpu,
  type FakeNvml,
  type FakeNvmlScript,
  fakeGpu,
  fakeNvml,
  noCompiler,
} from '../../../fakes/nvml.js';

// What goes wrong in a driver, and what is made of it.
let nvml: FakeNvml;
let source: NvmlSource;

async function start(script: FakeNvmlScript): Promise<void> {
  nvml = await fakeNvml(script);
  source = new NvmlSource(nvml.library);
}
const sample = (signal = new AbortController().signal) => source.sample(signal);
const two = (second: FakeGpu): FakeNvmlScript => ({ gpus: [fakeGpu(0), fakeGpu(1, second)] });
const devices = async () => (await sample()).readings.map(({ device }) => device);

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await nvml?.script({});
  await source?.close();
  await nvml?.remove();
});

const codes = (...meanings: string[]) =>
  [...RETURN_CODES].filter(([, { meaning }]) => meanings.includes(meaning)).map(([code]) => code);

describe('a reading that returns', () => {
  it.each(codes('unsupported', 'absent'))('%i is absent, and nothing to tell', async (code) => {
    await start(two({ returns: { nvmlDeviceGetPowerUsage: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ watts }) => watts)).toEqual([300.5, undefined]);
    expect(faults).toEqual([]);
  });

  it.each(codes('forbidden'))('%i is absent, and told once', async (code) => {
    await start(two({ returns: { nvmlDeviceGetPowerUsage: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ watts }) => watts)).toEqual([300.5, undefined]);
    expect(faults).toMatchObject([{ device: 'cuda:1', reason: 'failed' }]);
    expect((await sample()).faults).toEqual([]);
  });

  it('26 may have a newer function', async () => {
    const DEPRECATED = 26;
    await start(two({ returns: { nvmlDeviceGetTemperature: DEPRECATED } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ celsius }) => celsius)).toEqual([60, 61]);
    expect(faults).toEqual([]);
  });

  it.each([...codes('failed', 'too_small'), 4711])(
    '%i is absent, and a fault of its device',
    async (code) => {
      await start(two({ returns: { nvmlDeviceGetTemperature: code } }));
      for (let i = 0; i < 2; i++) {
        const { readings, faults } = await sample();
        expect(readings.map(({ celsius }) => celsius)).toEqual([60, undefined]);
        expect(readings[1]?.watts).toBe(300.5);
        expect(faults).toMatchObject([
          {
            device: 'cuda:1',
            reason: code === 10 ? 'timeout' : 'failed',
            detail: expect.stringMatching(/^cuda:1: nvmlDeviceGetTemperature: /),
          },
        ]);
      }
      await nvml.script(two({}));
      expect(await sample()).toMatchObject({ readings: [{ celsius: 60 }, { celsius: 61 }], faults: [] });
    },
  );

  it.each(codes('gone'))('%i means that the device is gone, and the others go on', async (code) => {
    await start(two({ returns: { nvmlDeviceGetTemperature: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0']);
    expect(faults).toMatchObject([{ device: 'cuda:1', reason: 'failed' }]);
    await nvml.script(two({}));
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });

  it.each(codes('restart'))('%i has the library initialised anew by the next sample', async (code) => {
    await start(two({}));
    await sample();
    await nvml.script(two({ returns: { nvmlDeviceGetTemperature: code } }));
    await expect(sample()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/^nvmlDeviceGetTemperature: /),
    });
    await nvml.script(two({}));
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });
});

it('a device whose handle cannot be had is left out, and comes back', async () => {
  await start(two({ returns: { nvmlDeviceGetHandleByIndex_v2: 15 } }));
  const { readings, faults } = await sample();
  expect(readings.map(({ device }) => device)).toEqual(['cuda:0']);
  expect(faults).toMatchObject([{ device: 'cuda:1', detail: expect.stringContaining('the GPU is lost') }]);
  await nvml.script(two({}));
  expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
});

it('a device that a container may not use is left out, and told once', async () => {
  await start(two({ returns: { nvmlDeviceGetHandleByIndex_v2: 4 } }));
  const { readings, faults } = await sample();
  expect([readings.length, faults.length]).toEqual([1, 1]);
  expect((await sample()).faults).toEqual([]);
});

it('devices that are added, exchanged and removed are seen', async () => {
  await start({ gpus: [fakeGpu(0)] });
  await sample();
  await nvml.script(two({}));
  await expect.poll(devices, { timeout: 5000 }).toEqual(['cuda:0', 'cuda:1']);
  await nvml.script({ gpus: [fakeGpu(7)] });
  expect((await sample()).readings).toMatchObject([{ uuid: fakeGpu(7).uuid, pciAddress: '0000:22:00.0' }]);
  await nvml.script({});
  expect(await devices()).toEqual([]);
});

it('which devices are there is looked up once a second while all answer, and at once when one does not', async () => {
  await start(two({}));
  const lookedUp = () => nvml.calls('nvmlDeviceGetCount_v2');
  const begun = performance.now();
  for (let i = 0; i < 10; i++) await sample();
  const seconds = Math.ceil((performance.now() - begun) / 1000);
  expect(lookedUp()).toBeLessThanOrEqual(seconds + 1);
  const before = lookedUp();
  await nvml.script(two({ returns: { nvmlDeviceGetPowerUsage: 999 } }));
  expect((await sample()).faults).toMatchObject([{ device: 'cuda:1' }]);
  expect(lookedUp()).toBe(before + 1);
});

it('a reloaded driver costs one sample', async () => {
  await start(two({}));
  await sample();
  await nvml.script({ ...two({}), epoch: 1, driver: '560.1' });
  await expect(sample()).rejects.toMatchObject({ message: expect.stringContaining('not initialised') });
  expect((await sample()).readings[0]?.driverVersion).toBe('560.1');
});

it('after a failed sample, an empty one is empty', async () => {
  await start(two({}));
  await sample();
  await nvml.script({ ...two({}), epoch: 1 });
  await expect(sample()).rejects.toThrow();
  await nvml.script({ epoch: 1 });
  expect(await devices()).toEqual([]);
});

it('a library that is missing is not found', async () => {
  await start({});
  const missing = new NvmlSource('/no/such/libnvidia-ml.so.1');
  await expect(missing.sample(new AbortController().signal)).rejects.toMatchObject({ code: 'not_found' });
  await missing.close();
});

it('closing shuts the library down', async () => {
  await start({ gpus: [fakeGpu(0)] });
  await sample();
  await source.close();
  expect(nvml.calls('nvmlShutdown')).toBe(1);
});

describe('while the driver hangs', () => {
  const hanging = two({ hangs: ['nvmlDeviceGetPowerUsage'] });

  it('a sample settles when the driver answers, whoever gave it up', async () => {
    await start(hanging);
    const givenUp = new AbortController();
    let settled = false;
    const sampled = sample(givenUp.signal).finally(() => {
      settled = true;
    });
    sampled.catch(() => {});
    givenUp.abort(new Error('too late'));
    await sleep(100);
    expect(settled).toBe(false);
    await nvml.script(two({}));
    await expect(sampled).rejects.toThrow('too late');
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });

  it('the event loop goes on', async () => {
    await start({ gpus: Array.from({ length: 8 }, (_, i) => fakeGpu(i)) });
    for (let i = 0; i < 50; i++) await sample();
    await nvml.script(hanging);
    const sampled = sample();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(300);
    delay.disable();
    // Far from what a call would block, and far above what a busy machine does. The bench tells the maximum.
    expect(delay.percentile(50) / 1e6).toBeLessThan(20);
    await nvml.script(two({}));
    await sampled;
  });

  it('a profiler shuts down within its time', async () => {
    await start(hanging);
    const profiler = new GPUProfiler({ source, intervalMs: 100 });
    await sleep(150);
    const begin = performance.now();
    await profiler.shutdown();
    expect(performance.now() - begin).toBeLessThan(2500);
  });
});

describe('the absence of NVML', () => {
  const absence = async (script: FakeNvmlScript) => {
    await start(script);
    return probeNvml(nvml.library);
  };

  it('is none where a GPU is listed, and the source is open', async () => {
    const found = await absence(two({}));
    expect(found).toBeInstanceOf(NvmlSource);
    source = found as NvmlSource;
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
    // What the look woke up is not put to sleep in between.
    expect([nvml.calls('nvmlInit_v2'), nvml.calls('nvmlShutdown')]).toEqual([1, 0]);
  });

  it('says what is missing, and what to do', async () => {
    await start({});
    expect(await probeNvml('/no/such/library')).toMatchObject({
      reason: expect.stringContaining('/no/such/library'),
      remedy: expect.stringContaining('nvmlLibrary'),
    });
    expect(await probeNvml(nvml.library)).toMatchObject({ reason: 'the NVIDIA driver lists no GPU' });
  });

  it.each([
    [9, 'the driver is not loaded', 'kernel module'],
    [18, 'of different versions', 'restart the host'],
    [4, 'no permission', '/dev/nvidia*'],
    [999, 'unknown error', 'create the container anew'],
  ])('explains the code %i', async (code, reason, remedy) => {
    expect(await absence({ ...two({}), returns: { nvmlInit_v2: code } })).toMatchObject({
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining(remedy),
    });
  });

  it('says that all GPUs are lost', async () => {
    const gpus = [fakeGpu(0, { returns: { nvmlDeviceGetHandleByIndex_v2: 15 } })];
    expect(await absence({ gpus })).toMatchObject({ reason: expect.stringContaining('the GPU is lost') });
  });
});
