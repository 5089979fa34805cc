import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GPUProfiler } from '../../../../src/gpu/profiler.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import { probeNvml } from '../../../../src/gpu/sources/nvml/probe.js';
import { RETURN_CODES } from '../../../../src/gpu/sources/nvml/return-codes.js';
import {
  type FakeGpu,
  type FakeNvml,
  type FakeNvmlScript,
  fakeGpu,
  fakeNvml,
  noCompiler,
} from '../../../fakes/nvml.js';
import { until } from '../../../helpers/fixtures.js';

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
  vi.useRealTimers();
  await nvml?.script({});
  await source?.close();
  await nvml?.remove();
});

const codes = (...outcomes: string[]) =>
  [...RETURN_CODES].filter(([, { outcome }]) => outcomes.includes(outcome)).map(([code]) => code);

describe('a query that returns', () => {
  it.each(codes('unsupported', 'no_data'))('%i drops the reading without a fault', async (code) => {
    await start(two({ returns: { nvmlDeviceGetPowerUsage: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ watts }) => watts)).toEqual([300.5, undefined]);
    expect(faults).toEqual([]);
  });

  it.each(codes('permission_denied'))('%i drops the reading and is reported once', async (code) => {
    await start(two({ returns: { nvmlDeviceGetPowerUsage: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ watts }) => watts)).toEqual([300.5, undefined]);
    expect(faults).toMatchObject([{ device: 'cuda:1', reason: 'failed' }]);
    expect((await sample()).faults).toEqual([]);
  });

  it('26 (deprecated) is replaced by a newer function', async () => {
    const DEPRECATED = 26;
    await start(two({ returns: { nvmlDeviceGetTemperature: DEPRECATED } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ celsius }) => celsius)).toEqual([60, 61]);
    expect(faults).toEqual([]);
  });

  it.each([...codes('failed', 'buffer_too_small'), 4711])(
    '%i drops the reading with a fault of its device',
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

  it.each(codes('device_unavailable'))('%i drops the device and still samples the others', async (code) => {
    await start(two({ returns: { nvmlDeviceGetTemperature: code } }));
    const { readings, faults } = await sample();
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0']);
    expect(faults).toMatchObject([{ device: 'cuda:1', reason: 'failed' }]);
    await nvml.script(two({}));
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });

  it.each(codes('driver_lost'))('%i initializes the library again in the next sample', async (code) => {
    await start(two({}));
    await sample();
    await nvml.script(two({ returns: { nvmlDeviceGetTemperature: code } }));
    await expect(sample()).rejects.toMatchObject({
      reason: 'failed',
      message: expect.stringMatching(/^nvmlDeviceGetTemperature: /),
    });
    await nvml.script(two({}));
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });
});

it('drops a device without a handle and samples it again once it has one', async () => {
  await start(two({ returns: { nvmlDeviceGetHandleByIndex_v2: 15 } }));
  const { readings, faults } = await sample();
  expect(readings.map(({ device }) => device)).toEqual(['cuda:0']);
  expect(faults).toMatchObject([{ device: 'cuda:1', detail: expect.stringContaining('the GPU is lost') }]);
  await nvml.script(two({}));
  expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
});

it('drops a device without permission and reports it once', async () => {
  await start(two({ returns: { nvmlDeviceGetHandleByIndex_v2: 4 } }));
  const { readings, faults } = await sample();
  expect([readings.length, faults.length]).toEqual([1, 1]);
  expect((await sample()).faults).toEqual([]);
});

it('detects devices that are added, replaced and removed', async () => {
  await start({ gpus: [fakeGpu(0)] });
  await sample();
  await nvml.script(two({}));
  await expect.poll(devices, { timeout: 5000 }).toEqual(['cuda:0', 'cuda:1']);
  await nvml.script({ gpus: [fakeGpu(7)] });
  expect((await sample()).readings).toMatchObject([{ uuid: fakeGpu(7).uuid, pciAddress: '0000:22:00.0' }]);
  await nvml.script({});
  expect(await devices()).toEqual([]);
});

it('enumerates devices once a second, and at once after a query failed', async () => {
  await start(two({}));
  const enumerations = () => nvml.calls('nvmlDeviceGetCount_v2');
  const begin = performance.now();
  for (let i = 0; i < 10; i++) await sample();
  const seconds = Math.ceil((performance.now() - begin) / 1000);
  expect(enumerations()).toBeLessThanOrEqual(seconds + 1);
  const before = enumerations();
  await nvml.script(two({ returns: { nvmlDeviceGetPowerUsage: 999 } }));
  expect((await sample()).faults).toMatchObject([{ device: 'cuda:1' }]);
  expect(enumerations()).toBe(before + 1);
});

it('fails one sample after the driver was reloaded', async () => {
  await start(two({}));
  await sample();
  await nvml.script({ ...two({}), epoch: 1, driver: '560.1' });
  await expect(sample()).rejects.toMatchObject({ message: expect.stringContaining('not initialized') });
  expect((await sample()).readings[0]?.driverVersion).toBe('560.1');
});

it('returns no devices if none is left after a failed sample', async () => {
  await start(two({}));
  await sample();
  await nvml.script({ ...two({}), epoch: 1 });
  await expect(sample()).rejects.toThrow();
  await nvml.script({ epoch: 1 });
  expect(await devices()).toEqual([]);
});

it('fails with not_found if the library is missing', async () => {
  await start({});
  const missing = new NvmlSource('/no/such/libnvidia-ml.so.1');
  await expect(missing.sample(new AbortController().signal)).rejects.toMatchObject({ reason: 'not_found' });
  await missing.close();
});

it('shuts the library down on close', async () => {
  await start({ gpus: [fakeGpu(0)] });
  await sample();
  await source.close();
  expect(nvml.calls('nvmlShutdown')).toBe(1);
});

describe('while the driver hangs', () => {
  const hanging = two({ hangs: ['nvmlDeviceGetPowerUsage'] });
  const powerQueries = () => nvml.calls('nvmlDeviceGetPowerUsage');

  it('settles an aborted sample only when the driver returns', async () => {
    await start(hanging);
    const controller = new AbortController();
    let settled = false;
    const sampled = sample(controller.signal).finally(() => {
      settled = true;
    });
    sampled.catch(() => {});
    await until(() => powerQueries() > 0);
    controller.abort(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    await nvml.script(two({}));
    await expect(sampled).rejects.toThrow('too late');
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
  });

  it('does not block the event loop', async () => {
    await start({ gpus: Array.from({ length: 8 }, (_, i) => fakeGpu(i)) });
    for (let i = 0; i < 50; i++) await sample();
    await nvml.script(hanging);
    const before = powerQueries();
    const sampled = sample();
    await until(() => powerQueries() > before);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    // Real time, since delay is the subject: enough measurements for a median.
    await until(() => delay.count >= 50);
    delay.disable();
    // Far below the time that a blocking call takes, and far above the delay on a busy machine. The bench measures the maximum.
    expect(delay.percentile(50) / 1e6).toBeLessThan(20);
    await nvml.script(two({}));
    await sampled;
  });

  it('shuts a profiler down within its time limit', async () => {
    await start(hanging);
    const profiler = new GPUProfiler({ source, intervalMs: 100 });
    await until(() => powerQueries() > 0);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let isClosed = false;
    void profiler.shutdown().then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(isClosed).toBe(true);
  });
});

describe('probeNvml', () => {
  const probe = async (script: FakeNvmlScript) => {
    await start(script);
    return probeNvml(nvml.library);
  };

  it('returns an open source if a GPU is listed', async () => {
    const found = await probe(two({}));
    expect(found).toBeInstanceOf(NvmlSource);
    source = found as NvmlSource;
    expect(await devices()).toEqual(['cuda:0', 'cuda:1']);
    // Driver and GPUs stay awake between the probe and the first sample.
    expect([nvml.calls('nvmlInit_v2'), nvml.calls('nvmlShutdown')]).toEqual([1, 0]);
  });

  it('reports a missing library or GPU, with a remedy', async () => {
    await start({});
    expect(await probeNvml('/no/such/library')).toMatchObject({
      reason: expect.stringContaining('/no/such/library'),
      remedy: expect.stringContaining('SNAKEPIT_OTEL_NVML_LIBRARY'),
    });
    expect(await probeNvml(nvml.library)).toMatchObject({ reason: 'the NVIDIA driver lists no GPU' });
  });

  it.each([
    [9, 'the driver is not loaded', 'kernel module'],
    [18, 'version mismatch', 'restart the host'],
    [4, 'no permission', '/dev/nvidia*'],
    [999, 'unknown driver error', 'in a container, recreate it'],
  ])('explains return code %i', async (code, reason, remedy) => {
    expect(await probe({ ...two({}), returns: { nvmlInit_v2: code } })).toMatchObject({
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining(remedy),
    });
  });

  it('reports that all GPUs are lost', async () => {
    const gpus = [fakeGpu(0, { returns: { nvmlDeviceGetHandleByIndex_v2: 15 } })];
    expect(await probe({ gpus })).toMatchObject({ reason: expect.stringContaining('the GPU is lost') });
  });
});
