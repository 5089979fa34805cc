import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Span, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attributes } from '../../../src/catalog/attributes.js';
import { GPUProfiler } from '../../../src/gpu/profiler.js';
import type { GPUProfilerOptions } from '../../../src/gpu/profiler-options.js';
import type { GpuReading } from '../../../src/gpu/readings.js';
import type { GpuSample } from '../../../src/gpu/source.js';
import { GpuUsageTracker } from '../../../src/gpu/usage/gpu-usage-tracker.js';
import { endSpan, span, startSpan } from '../../../src/index.js';
import { gpu, StandInSource, sampled } from '../../helpers/fixtures.js';
import { instrumentedHost } from '../../helpers/sdk.js';

/** Stand-in for a source that can glance: answers with what the test says the GPUs are at. */
class GlancingSource extends StandInSource {
  glances = 0;
  onGlance: () => Promise<GpuSample> | GpuSample;

  constructor(readings: () => GpuReading[]) {
    const answer = () => ({ readings: readings(), faults: [] });
    super(answer);
    this.onGlance = answer;
  }

  async sampleFast(): Promise<GpuSample> {
    this.glances += 1;
    return this.onGlance();
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let profilers: GPUProfiler[] = [];
async function profilerOf(source: StandInSource, options: GPUProfilerOptions = {}): Promise<GPUProfiler> {
  const profiler = new GPUProfiler({ source, intervalMs: 60_000, enabled: false, ...options });
  profilers.push(profiler);
  await profiler.sampleNow();
  await wait(10); // no longer fresh
  return profiler;
}

afterEach(async () => {
  await Promise.all(profilers.map((profiler) => profiler.shutdown()));
  profilers = [];
  vi.restoreAllMocks();
});

describe('a span', () => {
  let used = 1000;
  let source: GlancingSource;
  beforeEach(() => {
    used = 1000;
    source = new GlancingSource(() => [
      gpu(0, { memoryUsedMib: used, watts: 100 }),
      gpu(1, { memoryUsedMib: 7, watts: 5 }),
    ]);
  });

  it('is told what its device did, by readings at both its edges and none between', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    const work = async () => {
      await wait(30);
      used = 3000;
      return 'result';
    };
    const begun = performance.now();
    expect(await span('forward', { model: 'm' }, work, { gpu: 'cuda:0' })).toBe('result');
    const lasted = performance.now() - begun;
    await vi.waitUntil(() => host.spans().length === 1);
    const attributes = host.spans()[0]?.attributes;
    expect(attributes).toEqual({
      'snakepit.model': 'm',
      'snakepit.gpu.device': 'cuda:0',
      'snakepit.gpu.samples': 2,
      'snakepit.gpu.memory.peak_mb': 3000,
      'snakepit.gpu.memory.delta_mb': 2000,
      'snakepit.gpu.energy.joules': expect.any(Number),
    });
    // 100 W, for as long as it worked.
    const joules = attributes?.['snakepit.gpu.energy.joules'];
    expect(joules).toBeGreaterThan(2.9);
    expect(joules).toBeLessThanOrEqual(lasted / 10);
    expect(source.glances).toBe(2);
  });

  it('ends when its work ends, not when its cost is known', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    source.onGlance = async () => {
      await wait(100);
      return { readings: [gpu(0, { memoryUsedMib: 1 })], faults: [] };
    };
    const reference = startSpan('forward', {}, { gpu: 'cuda:0' });
    await wait(20);
    endSpan(reference);
    await vi.waitUntil(() => host.spans().length === 1);
    const [{ duration } = { duration: [1, 0] }] = host.spans();
    expect(duration[0]).toBe(0);
    expect(duration[1]).toBeLessThan(95e6);
  });

  it('that fails has its cost all the same', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    const boom = new Error('boom');
    const failing = span('forward', {}, () => Promise.reject(boom), { gpu: 'cuda:0' });
    await expect(failing).rejects.toBe(boom);
    await vi.waitUntil(() => host.spans().length === 1);
    expect(host.spans()[0]?.attributes).toMatchObject({ 'snakepit.gpu.samples': expect.any(Number) });
    expect(host.spans()[0]?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('does not wait for long for a source that hangs', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    source.onGlance = () => new Promise(() => {});
    span('hangs', {}, () => {}, { gpu: 'cuda:0' });
    await vi.waitUntil(() => host.spans().length === 1, 2000);
    expect(host.spans()[0]?.attributes).toEqual({});
  });

  it('without a running profiler has no attributes of it, and ends at once', () => {
    const host = instrumentedHost();
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(host.spans()[0]?.attributes).toEqual({});
  });

  it('is ended with what is known when the profiler shuts down', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(source);
    source.onGlance = () => new Promise(() => {});
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(host.spans()).toEqual([]);
    void profiler.shutdown();
    await wait(0);
    expect(host.spans()).toHaveLength(1);
  });

  it('that nobody will see opens no account', async () => {
    await profilerOf(source);
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(source.glances).toBe(0);
  });

  it('that its host cannot end takes nothing down, and others end', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(source);
    source.onGlance = () => new Promise(() => {});
    const bad = startSpan('bad', {}, { gpu: 'cuda:0' });
    vi.spyOn(bad.span, 'end').mockImplementation(() => {
      throw new Error('a processor of the host failed');
    });
    endSpan(bad);
    endSpan(startSpan('good', {}, { gpu: 'cuda:0' }));
    void profiler.shutdown();
    await wait(0);
    expect(bad.span.end).toHaveBeenCalledOnce();
    expect(host.spans().map(({ name }) => name)).toEqual(['good']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['answers nonsense', () => undefined as unknown as GpuSample],
  ])('has its result all the same where the glance of a source %s', async (_, glance) => {
    const host = instrumentedHost();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    // Not async, as sources of the host's own need not be.
    Object.assign(source, { sampleFast: glance });
    await profilerOf(source, { timeoutMs: 100 });
    expect(span('forward', {}, () => 'result', { gpu: 'cuda:0' })).toBe('result');
    await vi.waitUntil(() => host.spans().length === 1);
    await wait(150);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('never has negative energy, when its last reading comes late and at more power', async () => {
    const host = instrumentedHost();
    let watts = 50;
    const profiler = await profilerOf(
      new StandInSource(async (call) => {
        if (call > 1) await wait(100);
        return sampled(gpu(0, { watts }));
      }),
    );
    watts = 400;
    const sampling = profiler.sampleNow();
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    await sampling;
    await vi.waitUntil(() => host.spans().length === 1);
    expect(host.spans()[0]?.attributes['snakepit.gpu.energy.joules']).toBeGreaterThanOrEqual(0);
  });

  it('is not told the difference between two GPUs, when the one before its own is lost', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(
      new StandInSource((call) =>
        call === 1
          ? sampled(gpu(0, { energyJoules: 10 }), gpu(1, { energyJoules: 9e6 }))
          : sampled(gpu(0, { uuid: 'GPU-1', energyJoules: 9e6 + call })),
      ),
    );
    await span('forward', {}, () => profiler.sampleNow(), { gpu: 'cuda:0' });
    expect(host.spans()[0]?.attributes).not.toHaveProperty('snakepit.gpu.energy.joules');
    // There is but one now, whatever was called cuda:1 before.
    const twice = async () => {
      await wait(10);
      await profiler.sampleNow();
      await profiler.sampleNow();
    };
    await span('next', {}, twice, { gpu: 'auto' });
    expect(host.spans()[1]?.attributes).toMatchObject({ 'snakepit.gpu.device': 'cuda:0' });
    const { 'snakepit.gpu.energy.joules': joules } = host.spans()[1]?.attributes ?? {};
    // Some joules, extrapolated to the end of the span; the counters of the two GPUs differ by 9e6.
    expect(joules).toBeLessThan(1000);
  });

  it('gets samples that the profiler takes meanwhile', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(
      new StandInSource(() => ({ readings: [gpu(0, { gpuPercent: 60 })], faults: [] })),
    );
    const work = async () => {
      await wait(110);
      await profiler.sampleNow();
      await profiler.sampleNow();
    };
    await span('forward', {}, work, { gpu: 'cuda:0' });
    expect(host.spans()[0]?.attributes).toEqual({
      'snakepit.gpu.device': 'cuda:0',
      'snakepit.gpu.samples': 2,
      'snakepit.gpu.utilization.mean_percent': 60,
      'snakepit.gpu.utilization.max_percent': 60,
    });
  });
});

describe('shared', () => {
  const source = () => new GlancingSource(() => [gpu(0, { memoryUsedMib: 1 }), gpu(1, { memoryUsedMib: 1 })]);
  const sharedOf = (host: ReturnType<typeof instrumentedHost>) =>
    Object.fromEntries(
      host.spans().map(({ name, attributes }) => [name, attributes['snakepit.gpu.shared'] ?? false]),
    );

  it('are spans that are open at the same time on the same device', async () => {
    const host = instrumentedHost();
    await profilerOf(source());
    const open = ['cuda:0', 'cuda:0', 'cuda:1'].map((gpu, i) => startSpan(`${gpu} ${i}`, {}, { gpu }));
    for (const reference of open) endSpan(reference);
    await vi.waitUntil(() => host.spans().length === 3);
    expect(sharedOf(host)).toEqual({ 'cuda:0 0': true, 'cuda:0 1': true, 'cuda:1 2': false });
  });

  it('are not spans one after the other, also while the cost of the first is found out', async () => {
    const host = instrumentedHost();
    await profilerOf(source());
    for (const name of ['first', 'second']) {
      await wait(10);
      endSpan(startSpan(name, {}, { gpu: 'cuda:0' }));
    }
    await vi.waitUntil(() => host.spans().length === 2);
    expect(sharedOf(host)).toEqual({ first: false, second: false });
  });

  it('are not a span and those inside it', async () => {
    const host = instrumentedHost({ spanGpu: 'cuda:0' });
    await profilerOf(source());
    const inner = () => span('inner', { gpu: 1 }, () => wait(1));
    await span('outer', {}, () => span('middle', {}, inner));
    await vi.waitUntil(() => host.spans().length === 3);
    expect(sharedOf(host)).toEqual({ inner: false, middle: false, outer: false });
    await Promise.all([span('left', {}, () => wait(20)), span('right', {}, () => wait(20))]);
    await vi.waitUntil(() => host.spans().length === 5);
    expect(sharedOf(host)).toMatchObject({ left: true, right: true });
  });
});

describe('shared, across spans without an account,', () => {
  it.each([
    [
      'of the host',
      (inner: () => Promise<unknown>) =>
        trace.getTracer('host').startActiveSpan('between', (between) => inner().finally(() => between.end())),
    ],
    ['that want none', (inner: () => Promise<unknown>) => span('between', {}, inner, { gpu: false })],
  ])('are not a span and those inside it: %s', async (_, between) => {
    const host = instrumentedHost();
    trace.setGlobalTracerProvider(host.tracerProvider);
    await profilerOf(new GlancingSource(() => [gpu(0, { memoryUsedMib: 1 })]));
    const inner = () => span('inner', {}, () => wait(1), { gpu: 'cuda:0' });
    await span('outer', {}, () => between(inner), { gpu: 'cuda:0' });
    await vi.waitUntil(() => host.spans().length === 3);
    expect(host.spans().filter(({ attributes }) => attributes['snakepit.gpu.shared'])).toEqual([]);
    expect(host.spans().filter(({ attributes }) => attributes['snakepit.gpu.samples'])).toHaveLength(2);
  });
});

describe('the ledger', () => {
  const someSpan = () => ({}) as Span;
  const costOf = (ledger: GpuUsageTracker, account: ReturnType<GpuUsageTracker['open']>) => {
    let told: Attributes | undefined;
    ledger.close(account, (cost) => {
      told = cost;
    });
    return told;
  };

  it('lets the oldest go where too many are open: it ends without a cost, and new ones have theirs', () => {
    const ledger = new GpuUsageTracker();
    const oldest = ledger.open('cuda:0', someSpan(), undefined);
    const next = ledger.open('cuda:0', someSpan(), undefined);
    for (let i = 2; i < 2001; i++) ledger.open('cuda:0', someSpan(), undefined);
    ledger.record([gpu(0, { memoryUsedMib: 7 })], performance.now());
    expect(costOf(ledger, oldest)).toEqual({});
    expect(costOf(ledger, next)).toMatchObject({ 'snakepit.gpu.memory.peak_mb': 7 });
    const newest = ledger.open('auto', someSpan(), undefined);
    ledger.record([gpu(0, { memoryUsedMib: 8 })], performance.now());
    expect(costOf(ledger, newest)).toMatchObject({ 'snakepit.gpu.memory.peak_mb': 8 });
  });

  it('ends those that only wait for their last reading before it lets others go', () => {
    const ledger = new GpuUsageTracker();
    ledger.attach({ sampleFast: () => new Promise(() => {}) });
    const waiting = ledger.open('cuda:0', someSpan(), undefined);
    ledger.record([gpu(0, { memoryUsedMib: 7 })], performance.now() - 10);
    ledger.record([gpu(0, { memoryUsedMib: 7 })], performance.now() - 9);
    let told: Attributes | undefined;
    ledger.close(waiting, (cost) => {
      told = cost;
    });
    for (let i = 0; i < 1999; i++) ledger.open('cuda:0', someSpan(), undefined);
    expect(told).toBeUndefined();
    ledger.open('cuda:0', someSpan(), undefined);
    expect(told).toBeDefined();
  });

  it('takes no reading twice, and none that is older than the newest', () => {
    const ledger = new GpuUsageTracker();
    const account = ledger.open('cuda:0', someSpan(), undefined);
    const at = performance.now();
    for (const [joules, later] of [
      [0, 0],
      [100, 1],
      [100, 1],
      [50, 0.5],
    ] as const) {
      ledger.record([gpu(0, { energyJoules: joules })], at + later);
    }
    expect(costOf(ledger, account)).toMatchObject({ 'snakepit.gpu.samples': 2 });
  });

  it('keeps nothing of work that goes on and on, each step begun inside the one before', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const ledger = new GpuUsageTracker();
    let account = ledger.open('cuda:0', someSpan(), undefined);
    const first = new WeakRef(account);
    const begun = [account];
    for (let step = 0; step < 10; step++) {
      account = ledger.open('cuda:0', someSpan(), account);
      begun.push(account);
      // Each is over a little after the next but one has begun.
      const [over] = begun.length > 2 ? begun.splice(0, 1) : [];
      if (over !== undefined) costOf(ledger, over);
    }
    return new Promise<void>((resolve) => {
      setTimeout(() => {
        collectGarbage();
        expect(first.deref()).toBeUndefined();
        expect(costOf(ledger, account)).toEqual({});
        resolve();
      }, 0);
    });
  });
});

describe('auto', () => {
  const deviceOf = async (readings: GpuReading[], metadata = {}) => {
    const host = instrumentedHost({ spanGpu: 'auto' });
    await profilerOf(new GlancingSource(() => readings));
    await span('forward', metadata, () => wait(10));
    await vi.waitUntil(() => host.spans().length === 1);
    return host.spans()[0]?.attributes['snakepit.gpu.device'];
  };
  const held = (index: number, ...pids: number[]) =>
    gpu(index, { memoryUsedMib: 1, processes: pids.map((pid) => ({ pid, usedMib: 1 })) });

  it('is the only GPU', async () => {
    expect(await deviceOf([held(3)])).toBe('cuda:3');
  });
  it('is the one that the metadata names', async () => {
    expect(await deviceOf([held(0, process.pid), held(1)], { device: 'cuda:1' })).toBe('cuda:1');
  });
  it('is the only one on which this process holds memory', async () => {
    expect(await deviceOf([held(0, 1), held(1, 1, process.pid)])).toBe('cuda:1');
  });
  it.each([
    ['by two that this process uses', [held(0, process.pid), held(1, process.pid)]],
    ['by two that nobody uses', [held(0), held(1)]],
  ])('is none where it cannot be told: %s', async (_, readings) => {
    expect(await deviceOf(readings)).toBeUndefined();
  });
  it('may be refused by one span', async () => {
    const host = instrumentedHost({ spanGpu: 'auto' });
    await profilerOf(new GlancingSource(() => [held(0)]));
    span('quick', {}, () => {}, { gpu: false });
    expect(host.spans()[0]?.attributes).toEqual({});
  });
});

it('what cannot be a device is refused at start', () => {
  expect(() => instrumentedHost({ spanGpu: 'gpu0' })).toThrow(
    'Invalid spanGpu: "gpu0". Allowed: auto, or a device: cuda:0',
  );
});
