import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attachMany, detach } from '../../src/bus/handlers.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { GPUProfiler } from '../../src/gpu/profiler.js';
import type { GpuProfilerOptions } from '../../src/gpu/profiler-options.js';
import { type GpuSample, GpuSourceError } from '../../src/gpu/source.js';
import { FakeSource, gpu, sampled } from '../helpers/fixtures.js';

const EVENTS = [
  'snakepit.gpu.memory.sampled',
  'snakepit.gpu.utilization.sampled',
  'snakepit.gpu.temperature.sampled',
  'snakepit.gpu.power.sampled',
  'snakepit.gpu.sample.failed',
  'snakepit.gpu.device.lost',
  'snakepit.gpu.device.found',
] as const;

let events: AnyEvent[];
let profilers: GPUProfiler[];
const named = (name: string) => events.filter((event) => event.name.endsWith(name));

beforeEach(() => {
  events = [];
  profilers = [];
  attachMany('test', EVENTS, (event) => void events.push(event as AnyEvent));
});
afterEach(async () => {
  vi.useRealTimers();
  detach('test');
  await Promise.all(profilers.map((profiler) => profiler.shutdown()));
});

function start(source: FakeSource, options: GpuProfilerOptions = {}): GPUProfiler {
  const profiler = new GPUProfiler({ source, ...options });
  profilers.push(profiler);
  return profiler;
}

const idle = (source: FakeSource, options: GpuProfilerOptions = {}) =>
  start(source, { enabled: false, ...options });

const FULL = gpu(0, {
  name: 'NVIDIA H100 80GB HBM3',
  pciAddress: '00000000:1B:00.0',
  memoryUsedMib: 20000,
  memoryTotalMib: 80000,
  memoryFreeMib: 59000,
  gpuPercent: 87,
  memoryControllerPercent: 41,
  celsius: 61,
  watts: 512.5,
  limitWatts: 700,
});

describe('publishing', () => {
  it('emits one event per group of readings, with the identity of the device', async () => {
    await idle(new FakeSource(() => sampled(FULL)), { intervalMs: 700 }).sampleNow();
    const identity = {
      device: 'cuda:0',
      uuid: 'GPU-0',
      name: 'NVIDIA H100 80GB HBM3',
      vendor: 'nvidia',
      pci_address: '00000000:1B:00.0',
      index: 0,
      interval_ms: 700,
    };
    expect(events.map(({ name, measurements, metadata }) => [name, measurements, metadata])).toEqual([
      ['snakepit.gpu.device.found', {}, identity],
      [
        'snakepit.gpu.memory.sampled',
        { used_mb: 20000, total_mb: 80000, free_mb: 59000 },
        { ...identity, utilization: 0.25 },
      ],
      [
        'snakepit.gpu.utilization.sampled',
        { gpu_percent: 87, memory_percent: 25, memory_controller_percent: 41 },
        identity,
      ],
      ['snakepit.gpu.temperature.sampled', { celsius: 61 }, identity],
      ['snakepit.gpu.power.sampled', { watts: 512.5, limit_watts: 700 }, identity],
    ]);
  });

  it('emits separate events for readings that only some sources have', async () => {
    const published: Record<string, unknown> = {};
    attachMany(
      'more',
      [
        'snakepit.gpu.memory.sampled',
        'snakepit.gpu.utilization.sampled',
        'snakepit.gpu.energy.sampled',
        'snakepit.gpu.clocks.sampled',
        'snakepit.gpu.throttle.sampled',
        'snakepit.gpu.fan.sampled',
        'snakepit.gpu.pcie.sampled',
        'snakepit.gpu.ecc.sampled',
        'snakepit.gpu.xid.raised',
        'snakepit.gpu.process.sampled',
      ],
      ({ name, measurements, metadata }) => {
        const { device, uuid, vendor, index, interval_ms, ...own } = metadata as Record<string, unknown>;
        published[name.replace('snakepit.gpu.', '')] = [measurements, own];
      },
    );
    await idle(
      new FakeSource(() =>
        sampled(
          gpu(0, {
            driverVersion: '550.54',
            parentUuid: 'GPU-9',
            memoryUsedMib: 1,
            memoryTotalMib: 4,
            memoryFreeMib: 2,
            memoryReservedMib: 1,
            encoderPercent: 10,
            decoderPercent: 0,
            energyJoules: 1234.5,
            graphicsClockMhz: 1410,
            memoryClockMhz: 1593,
            fanPercent: 0,
            pcieTransmitBytesPerSecond: 2048,
            eccUncorrectedErrors: 0,
            throttleReasons: ['sw_power_cap'],
            xids: [79],
            processes: [{ pid: 7, name: 'python3', usedMib: 900 }, { pid: 8 }],
          }),
        ),
      ),
    ).sampleNow();
    detach('more');
    const slice = { driver_version: '550.54', parent_uuid: 'GPU-9' };
    expect(published).toEqual({
      'memory.sampled': [
        { used_mb: 1, total_mb: 4, free_mb: 2, reserved_mb: 1 },
        { ...slice, utilization: 0.25 },
      ],
      'utilization.sampled': [{ memory_percent: 25, encoder_percent: 10, decoder_percent: 0 }, slice],
      'energy.sampled': [{ joules: 1234.5 }, slice],
      'clocks.sampled': [{ graphics_mhz: 1410, memory_mhz: 1593 }, slice],
      'throttle.sampled': [
        {
          applications_clocks_setting: 0,
          sw_power_cap: 1,
          hw_slowdown: 0,
          sync_boost: 0,
          sw_thermal_slowdown: 0,
          hw_thermal_slowdown: 0,
          hw_power_brake_slowdown: 0,
          display_clock_setting: 0,
        },
        slice,
      ],
      'fan.sampled': [{ percent: 0 }, slice],
      'pcie.sampled': [{ transmit_bytes_per_second: 2048 }, slice],
      'ecc.sampled': [{ uncorrected: 0 }, slice],
      'xid.raised': [{}, { ...slice, xid: 79 }],
      'process.sampled': [{ used_mb: 900 }, { ...slice, pid: 7, process: 'python3' }],
    });
  });

  it('omits events and keys of unknown readings, but not of a real 0', async () => {
    await idle(new FakeSource(() => sampled(gpu(0, { gpuPercent: 0, memoryUsedMib: 5 })))).sampleNow();
    expect(events.map(({ name, measurements }) => [name, measurements])).toEqual([
      ['snakepit.gpu.device.found', {}],
      ['snakepit.gpu.memory.sampled', { used_mb: 5 }],
      ['snakepit.gpu.utilization.sampled', { gpu_percent: 0 }],
    ]);
    expect(Object.keys(events[0]?.metadata ?? {})).toEqual([
      'device',
      'uuid',
      'vendor',
      'index',
      'interval_ms',
    ]);
  });

  it('counts a part that could not be read, and reads the rest', async () => {
    const faults = [{ reason: 'unreadable', detail: 'cuda:1: power.draw', device: 'cuda:1' }] as const;
    const profiler = idle(new FakeSource(() => ({ readings: [FULL], faults })));
    expect(await profiler.sampleNow()).toEqual([FULL]);
    expect(named('sample.failed')).toMatchObject([
      {
        measurements: { count: 1 },
        metadata: { source: 'fake', reason: 'unreadable', device: 'cuda:1' },
      },
    ]);
    expect(profiler.getStats()).toMatchObject({ sampleCount: 1, failedSamples: 0 });
  });
});

describe('slow handlers', () => {
  const SLOW_MS = 2;
  const devices = Array.from({ length: 6 }, (_, index) => gpu(index, { celsius: 60 }));
  const handleSlowly = (event: AnyEvent) => {
    events.push(event);
    const end = performance.now() + SLOW_MS;
    while (performance.now() < end);
  };
  beforeEach(() => {
    detach('test');
    attachMany('test', EVENTS, (event) => handleSlowly(event as AnyEvent));
  });

  it('do not block the event loop between devices', async () => {
    let most = 0;
    let seen = 0;
    const turn = () => {
      const count = named('temperature.sampled').length;
      most = Math.max(most, count - seen);
      seen = count;
      if (count < devices.length) setImmediate(turn);
    };
    setImmediate(turn);
    const readings = await idle(new FakeSource(() => sampled(...devices))).sampleNow();
    expect(readings).toEqual(devices);
    expect(named('temperature.sampled')).toHaveLength(devices.length);
    await vi.waitUntil(() => seen === devices.length);
    expect(most).toBe(1);
  });

  it('receive a complete sample when the profiler is shut down, and none after it', async () => {
    const source = new FakeSource(() => sampled(...devices));
    const profiler = idle(source);
    const sample = profiler.sampleNow();
    await vi.waitUntil(() => named('temperature.sampled').length > 0, { interval: 1 });
    expect(named('temperature.sampled').length).toBeLessThan(devices.length);
    const joined = profiler.sampleNow();
    await profiler.shutdown();
    expect(named('temperature.sampled')).toHaveLength(devices.length);
    expect(await joined).toBe(await sample);
  });
});

describe('devices that come and go', () => {
  it('are announced once each time, by identity and not by position', async () => {
    const a = gpu(0, { uuid: 'A' });
    const samples = [
      [a, gpu(1, { uuid: 'B' })],
      [gpu(0, { uuid: 'B' })],
      [gpu(0, { uuid: 'B' })],
      [a, gpu(1, { uuid: 'B' })],
    ];
    const profiler = idle(new FakeSource((call) => sampled(...(samples[call - 1] ?? []))));
    const seen: unknown[] = [];
    for (const _ of samples) {
      await profiler.sampleNow();
      seen.push(events.splice(0).map(({ name, metadata }) => [name, metadata.uuid]));
    }
    expect(seen).toEqual([
      [
        ['snakepit.gpu.device.found', 'A'],
        ['snakepit.gpu.device.found', 'B'],
      ],
      [['snakepit.gpu.device.lost', 'A']],
      [],
      [['snakepit.gpu.device.found', 'A']],
    ]);
  });

  it('are not lost when a read fails', async () => {
    const profiler = idle(
      new FakeSource((call) => (call === 2 ? Promise.reject(new Error('driver reloads')) : sampled(gpu(0)))),
    );
    await profiler.sampleNow();
    await profiler.sampleNow().catch(() => {});
    await profiler.sampleNow();
    expect(named('device.lost')).toEqual([]);
    expect(named('device.found')).toHaveLength(1);
    expect(profiler.getStats().deviceCount).toBe(1);
  });
});

describe('sampleNow', () => {
  it('reads once for overlapping callers', async () => {
    const source = new FakeSource(() => sampled(FULL));
    const profiler = idle(source);
    const answers = await Promise.all([profiler.sampleNow(), profiler.sampleNow(), profiler.sampleNow()]);
    expect(source.calls).toBe(1);
    expect(answers[1]).toBe(answers[0]);
    expect(profiler.getStats().sampleCount).toBe(1);
    await profiler.sampleNow();
    expect(source.calls).toBe(2);
  });

  it('rejects with SNAKEPIT_NO_GPU without a device, and counts no failure', async () => {
    const profiler = idle(new FakeSource(() => sampled()));
    await expect(profiler.sampleNow()).rejects.toMatchObject({
      name: 'GpuProfilerError',
      code: 'SNAKEPIT_NO_GPU',
    });
    expect(profiler.getStats()).toMatchObject({ sampleCount: 1, failedSamples: 0, deviceCount: 0 });
    expect(events).toEqual([]);
  });

  it('rejects with SNAKEPIT_SAMPLE_FAILED and the cause, and counts no sample', async () => {
    const cause = new GpuSourceError('unreadable', 'no output');
    const profiler = idle(new FakeSource(() => Promise.reject(cause)));
    await expect(profiler.sampleNow()).rejects.toMatchObject({ code: 'SNAKEPIT_SAMPLE_FAILED', cause });
    expect(profiler.getStats()).toMatchObject({
      sampleCount: 0,
      failedSamples: 1,
      lastSampleTime: undefined,
    });
    expect(named('sample.failed')).toMatchObject([{ metadata: { source: 'fake', reason: 'unreadable' } }]);
  });

  it('counts a failure once while it lasts, and again after a minute without it', async () => {
    vi.useFakeTimers();
    const failing = new GpuSourceError('failed', 'exit code 9: no driver');
    const other = new GpuSourceError('timeout', 'no answer within 10000 ms');
    let next: GpuSourceError | undefined = failing;
    const source = new FakeSource(() => (next === undefined ? sampled(FULL) : Promise.reject(next)));
    const profiler = start(source, { intervalMs: 1000 });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(profiler.getStats().failedSamples).toBeGreaterThan(99);
    expect(named('sample.failed')).toHaveLength(1);
    next = other;
    await vi.advanceTimersByTimeAsync(10_000);
    next = failing;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(named('sample.failed').map(({ metadata }) => metadata.reason)).toEqual(['failed', 'timeout']);
    next = undefined;
    await vi.advanceTimersByTimeAsync(90_000);
    next = failing;
    await vi.advanceTimersByTimeAsync(1000);
    expect(named('sample.failed').map(({ metadata }) => metadata.reason)).toEqual([
      'failed',
      'timeout',
      'failed',
    ]);
  });

  it('works again after a source returned an invalid sample', async () => {
    const broken = {} as GpuSample;
    const profiler = idle(new FakeSource((call) => (call === 1 ? broken : sampled(FULL))));
    await expect(profiler.sampleNow()).rejects.toThrow(TypeError);
    expect(await profiler.sampleNow()).toEqual([FULL]);
  });

  it('aborts the read at the time limit, and starts no other before that one has ended', async () => {
    vi.useFakeTimers();
    const aborted = vi.fn();
    let end = (_: GpuSample) => {};
    const source = new FakeSource((_call, signal) => {
      signal.addEventListener('abort', () => aborted(signal.reason));
      return new Promise((resolve) => (end = resolve));
    });
    const profiler = idle(source, { timeoutMs: 300 });
    const first = profiler.sampleNow().catch((error) => error);
    await vi.advanceTimersByTimeAsync(300);
    expect(await first).toMatchObject({ code: 'SNAKEPIT_SAMPLE_FAILED', cause: { reason: 'timeout' } });
    expect(aborted).toHaveBeenCalledOnce();

    await expect(profiler.sampleNow()).rejects.toMatchObject({ cause: { reason: 'timeout' } });
    expect(source.calls).toBe(1);
    expect(profiler.getStats().failedSamples).toBe(2);

    end(sampled());
    await vi.advanceTimersByTimeAsync(0);
    const third = profiler.sampleNow().catch((error) => error);
    await vi.advanceTimersByTimeAsync(0);
    expect(source.calls).toBe(2);
    end(sampled(FULL));
    expect(await third).toEqual([FULL]);
  });
});

describe('the interval', () => {
  beforeEach(() => void vi.useFakeTimers());

  it('begins with a sample immediately', async () => {
    const profiler = start(new FakeSource(() => sampled(FULL)), { intervalMs: 1000 });
    expect(profiler.getStats()).toEqual({
      sampleCount: 0,
      failedSamples: 0,
      lastSampleTime: undefined,
      deviceCount: 0,
      intervalMs: 1000,
      enabled: true,
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(profiler.getStats()).toMatchObject({ sampleCount: 1, deviceCount: 1, lastSampleTime: Date.now() });
    await vi.advanceTimersByTimeAsync(2999);
    expect(profiler.getStats().sampleCount).toBe(3);
  });

  it('starts no sample while one runs', async () => {
    let finish = (_: GpuSample) => {};
    const source = new FakeSource(() => new Promise((resolve) => (finish = resolve)));
    start(source, { intervalMs: 100, timeoutMs: 5000 });
    await vi.advanceTimersByTimeAsync(950);
    expect(source.calls).toBe(1);
    finish(sampled(FULL));
    await vi.advanceTimersByTimeAsync(100);
    expect(source.calls).toBe(2);
    finish(sampled(FULL));
  });

  it('continues after failures', async () => {
    const profiler = start(
      new FakeSource((call) => (call < 3 ? Promise.reject(new Error('busy')) : sampled(FULL))),
      { intervalMs: 100 },
    );
    await vi.advanceTimersByTimeAsync(350);
    expect(profiler.getStats()).toMatchObject({ sampleCount: 2, failedSamples: 2 });
  });

  it('stops with disable(), does not affect sampleNow(), and resumes with enable()', async () => {
    const source = new FakeSource(() => sampled(FULL));
    const profiler = start(source, { intervalMs: 100 });
    await vi.advanceTimersByTimeAsync(0);
    profiler.disable();
    await vi.advanceTimersByTimeAsync(1000);
    expect(source.calls).toBe(1);
    expect(profiler.getStats().enabled).toBe(false);
    await profiler.sampleNow();
    expect(source.calls).toBe(2);
    profiler.enable();
    profiler.enable();
    await vi.advanceTimersByTimeAsync(150);
    expect(source.calls).toBe(4);
    expect(profiler.getStats().enabled).toBe(true);
  });

  it('lets a sample in flight finish after disable()', async () => {
    let finish = (_: GpuSample) => {};
    const profiler = start(new FakeSource(() => new Promise((resolve) => (finish = resolve))));
    await vi.advanceTimersByTimeAsync(0);
    profiler.disable();
    finish(sampled(FULL));
    await vi.advanceTimersByTimeAsync(0);
    expect(profiler.getStats().sampleCount).toBe(1);
  });

  it('can be changed with immediate effect', async () => {
    const source = new FakeSource(() => sampled(FULL));
    const profiler = start(source, { intervalMs: 10_000 });
    await vi.advanceTimersByTimeAsync(0);
    profiler.setInterval(200);
    await vi.advanceTimersByTimeAsync(401);
    expect(source.calls).toBe(3);
    expect(profiler.getStats().intervalMs).toBe(200);
    profiler.disable();
    profiler.setInterval(300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(source.calls).toBe(3);
  });

  it('is announced to the source when it is opened and at every change', async () => {
    const source = new FakeSource(() => sampled(FULL));
    const profiler = start(source, { intervalMs: 200 });
    await vi.advanceTimersByTimeAsync(0);
    profiler.setInterval(300);
    profiler.setInterval(300);
    profiler.disable();
    profiler.setInterval(400);
    profiler.enable();
    await profiler.shutdown();
    expect(source.samplingIntervals).toEqual([200, 300, undefined, 400, undefined]);
  });

  it('is not announced to a source that is read on demand only', async () => {
    const source = new FakeSource(() => sampled(FULL));
    const profiler = idle(source);
    await profiler.sampleNow();
    expect(source.samplingIntervals).toEqual([]);
  });

  it('does not stop sampling if the source rejects it', async () => {
    const source = new FakeSource(() => sampled(FULL));
    source.setSamplingInterval = () => {
      throw new Error('no');
    };
    const profiler = start(source, { intervalMs: 200 });
    await vi.advanceTimersByTimeAsync(200);
    profiler.setInterval(300);
    expect(profiler.getStats()).toMatchObject({ sampleCount: 2, failedSamples: 0 });
  });

  it.each([99, 0, -1, 100.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '500 ms', undefined, null])(
    'cannot be changed to %s',
    (value) => {
      const profiler = idle(new FakeSource(() => sampled()), { intervalMs: 500 });
      expect(() => profiler.setInterval(value as number)).toThrow(
        expect.objectContaining({ code: 'SNAKEPIT_CONFIGURATION', setting: 'intervalMs' }),
      );
      expect(profiler.getStats().intervalMs).toBe(500);
    },
  );
});

describe('shutdown', () => {
  it('rejects pending callers, aborts the read, closes the source once, and is final', async () => {
    const source = new FakeSource(
      (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const profiler = start(source);
    const waiting = profiler.sampleNow().catch((error) => error);
    await vi.waitUntil(() => source.calls === 1);
    await Promise.all([profiler.shutdown(), profiler.shutdown()]);
    await profiler.shutdown();
    expect(await waiting).toMatchObject({ code: 'SNAKEPIT_SHUTDOWN' });
    expect(source.closed).toBe(1);
    expect(profiler.getStats()).toMatchObject({ enabled: false, failedSamples: 0 });
    expect(events).toEqual([]);

    profiler.enable();
    await expect(profiler.sampleNow()).rejects.toMatchObject({ code: 'SNAKEPIT_SHUTDOWN' });
    expect(source.calls).toBe(1);
    expect(profiler.getStats().enabled).toBe(false);
  });

  it('does not wait beyond its limit for a source that does not stop', async () => {
    vi.useFakeTimers();
    const profiler = start(new FakeSource(() => new Promise(() => {})));
    await vi.advanceTimersByTimeAsync(0);
    const closed = vi.fn();
    profiler.shutdown().then(closed);
    await vi.advanceTimersByTimeAsync(1999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
  });

  it('runs at the end of `await using`', async () => {
    const source = new FakeSource(() => sampled(FULL));
    await idle(source)[Symbol.asyncDispose]();
    await expect(profilers[0]?.sampleNow()).rejects.toMatchObject({ code: 'SNAKEPIT_SHUTDOWN' });
  });
});
