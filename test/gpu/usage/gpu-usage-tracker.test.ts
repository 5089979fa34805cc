import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Span, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attributes } from '../../../src/catalog/attributes.js';
import { GPUProfiler } from '../../../src/gpu/profiler.js';
import type { GpuProfilerOptions } from '../../../src/gpu/profiler-options.js';
import type { GpuReading } from '../../../src/gpu/readings.js';
import type { GpuSample } from '../../../src/gpu/source.js';
import { createUsageState, GpuUsageTracker } from '../../../src/gpu/usage/gpu-usage-tracker.js';
import type { SpanGpuUsage } from '../../../src/gpu/usage/span-gpu-usage.js';
import { endSpan, span, startSpan } from '../../../src/index.js';
import { FakeSource, gpu, sampled } from '../../helpers/fixtures.js';
import { randomFrom } from '../../helpers/random.js';
import { instrumentedHost } from '../../helpers/sdk.js';

/** Fake source with fast samples: returns the readings that the test sets. */
class FastSource extends FakeSource {
  fastSamples = 0;
  onSampleFast: () => Promise<GpuSample> | GpuSample;

  constructor(readings: () => GpuReading[]) {
    const answer = () => ({ readings: readings(), faults: [] });
    super(answer);
    this.onSampleFast = answer;
  }

  async sampleFast(): Promise<GpuSample> {
    this.fastSamples += 1;
    return this.onSampleFast();
  }
}

/** Lets time pass. Inside the work of a span, the work takes this long. */
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Resolves after a time, for sources that take that long. */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let profilers: GPUProfiler[] = [];
async function profilerOf(source: FakeSource, options: GpuProfilerOptions = {}): Promise<GPUProfiler> {
  const profiler = new GPUProfiler({ source, intervalMs: 60_000, enabled: false, ...options });
  profilers.push(profiler);
  await profiler.sampleNow();
  await wait(10); // no longer fresh
  return profiler;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  // A spy instead of a fake timer: the SDK keeps a reference to the real `performance`.
  const begin = Date.now();
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now() - begin);
});
afterEach(async () => {
  const closed = Promise.all(profilers.map((profiler) => profiler.shutdown()));
  // The time limit of a shutdown, for sources that hang.
  await wait(2000);
  await closed;
  profilers = [];
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a span', () => {
  let used = 1000;
  let source: FastSource;
  beforeEach(() => {
    used = 1000;
    source = new FastSource(() => [
      gpu(0, { memoryUsedMib: used, watts: 100 }),
      gpu(1, { memoryUsedMib: 7, watts: 5 }),
    ]);
  });

  it('records the usage of its device from readings at its start and end alone', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    const work = async () => {
      await wait(30);
      used = 3000;
      return 'result';
    };
    expect(await span('forward', { model: 'm' }, work, { gpu: 'cuda:0' })).toBe('result');
    await vi.waitUntil(() => host.spans().length === 1);
    expect(host.spans()[0]?.attributes).toEqual({
      'snakepit.model': 'm',
      'snakepit.gpu.device': 'cuda:0',
      'snakepit.gpu.samples': 2,
      'snakepit.gpu.memory.peak_mb': 3000,
      'snakepit.gpu.memory.delta_mb': 2000,
      // 100 W for 30 ms.
      'snakepit.gpu.energy.joules': expect.closeTo(3, 9),
    });
    expect(source.fastSamples).toBe(2);
  });

  it('has a reading at its start and its end, however short it and those before it are', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    source.onSampleFast = async () => {
      await sleep(1);
      return { readings: [gpu(0, { memoryUsedMib: used++ })], faults: [] };
    };
    for (let i = 0; i < 8; i++) {
      const work = async () => wait(i % 3);
      const ended = span(`step ${i}`, {}, work, { gpu: 'cuda:0' });
      await wait(5);
      await ended;
    }
    await vi.waitUntil(() => host.spans().length === 8);
    for (const { attributes } of host.spans()) {
      expect(attributes['snakepit.gpu.samples']).toBeGreaterThanOrEqual(2);
      expect(attributes['snakepit.gpu.memory.delta_mb']).toBeGreaterThan(0);
    }
  });

  it('ends when its work ends, not when its usage is known', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    source.onSampleFast = async () => {
      await sleep(100);
      return { readings: [gpu(0, { memoryUsedMib: 1 })], faults: [] };
    };
    const reference = startSpan('forward', {}, { gpu: 'cuda:0' });
    await wait(20);
    endSpan(reference);
    await vi.waitUntil(() => host.spans().length === 1);
    // Within the rounding of the SDK.
    expect(host.spans()[0]?.duration).toEqual([0, expect.closeTo(20e6, -4)]);
  });

  it('records usage when its work fails', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    const boom = new Error('boom');
    const failing = span('forward', {}, () => Promise.reject(boom), { gpu: 'cuda:0' });
    await expect(failing).rejects.toBe(boom);
    await vi.waitUntil(() => host.spans().length === 1);
    expect(host.spans()[0]?.attributes).toMatchObject({ 'snakepit.gpu.samples': expect.any(Number) });
    expect(host.spans()[0]?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('waits only briefly for a source that hangs', async () => {
    const host = instrumentedHost();
    await profilerOf(source);
    source.onSampleFast = () => new Promise(() => {});
    span('hangs', {}, () => {}, { gpu: 'cuda:0' });
    await wait(249);
    expect(host.spans()).toEqual([]);
    await wait(1);
    expect(host.spans()[0]?.attributes).toEqual({});
  });

  it('ends at once without GPU attributes if no profiler runs', () => {
    const host = instrumentedHost();
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(host.spans()[0]?.attributes).toEqual({});
  });

  it('ends with the usage known so far when the profiler shuts down', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(source);
    source.onSampleFast = () => new Promise(() => {});
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(host.spans()).toEqual([]);
    void profiler.shutdown();
    await wait(0);
    expect(host.spans()).toHaveLength(1);
  });

  it('is not tracked if it is not recorded', async () => {
    await profilerOf(source);
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    expect(source.fastSamples).toBe(0);
  });

  it('does not break the host or other spans when ending it throws', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(source);
    source.onSampleFast = () => new Promise(() => {});
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
    ['returns an invalid sample', () => undefined as unknown as GpuSample],
  ])('returns its result if a fast sample %s', async (_, sampleFast) => {
    const host = instrumentedHost();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    // Not async, as sources of the host's own need not be.
    Object.assign(source, { sampleFast });
    await profilerOf(source, { timeoutMs: 100 });
    expect(span('forward', {}, () => 'result', { gpu: 'cuda:0' })).toBe('result');
    await vi.waitUntil(() => host.spans().length === 1);
    await wait(150);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('never has negative energy if its last reading comes late and at more power', async () => {
    const host = instrumentedHost();
    let watts = 50;
    const profiler = await profilerOf(
      new FakeSource(async (call) => {
        if (call > 1) await sleep(100);
        return sampled(gpu(0, { watts }));
      }),
    );
    watts = 400;
    const sampling = profiler.sampleNow();
    span('forward', {}, () => {}, { gpu: 'cuda:0' });
    await wait(100);
    await sampling;
    await vi.waitUntil(() => host.spans().length === 1);
    expect(host.spans()[0]?.attributes['snakepit.gpu.energy.joules']).toBeGreaterThanOrEqual(0);
  });

  it('does not record the difference between two GPUs when the one before its own is lost', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(
      new FakeSource((call) =>
        call === 1
          ? sampled(gpu(0, { energyJoules: 10 }), gpu(1, { energyJoules: 9e6 }))
          : sampled(gpu(0, { uuid: 'GPU-1', energyJoules: 9e6 + call })),
      ),
    );
    await span('forward', {}, () => profiler.sampleNow(), { gpu: 'cuda:0' });
    expect(host.spans()[0]?.attributes).not.toHaveProperty('snakepit.gpu.energy.joules');
    // One device is left, whatever was called cuda:1 before.
    const twice = async () => {
      await wait(10);
      await profiler.sampleNow();
      await wait(1);
      await profiler.sampleNow();
    };
    await span('next', {}, twice, { gpu: 'auto' });
    expect(host.spans()[1]?.attributes).toMatchObject({ 'snakepit.gpu.device': 'cuda:0' });
    const { 'snakepit.gpu.energy.joules': joules } = host.spans()[1]?.attributes ?? {};
    // Some joules, extrapolated to the end of the span; the counters of the two GPUs differ by 9e6.
    expect(joules).toBeLessThan(1000);
  });

  it('includes samples that the profiler takes while it is open', async () => {
    const host = instrumentedHost();
    const profiler = await profilerOf(
      new FakeSource(() => ({ readings: [gpu(0, { gpuPercent: 60 })], faults: [] })),
    );
    const work = async () => {
      await wait(110);
      await profiler.sampleNow();
      await wait(1);
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

describe('the shared mark', () => {
  const source = () => new FastSource(() => [gpu(0, { memoryUsedMib: 1 }), gpu(1, { memoryUsedMib: 1 })]);
  const sharedOf = (host: ReturnType<typeof instrumentedHost>) =>
    Object.fromEntries(
      host.spans().map(({ name, attributes }) => [name, attributes['snakepit.gpu.shared'] ?? false]),
    );

  it('is set on spans that are open at the same time on the same device', async () => {
    const host = instrumentedHost();
    await profilerOf(source());
    const open = ['cuda:0', 'cuda:0', 'cuda:1'].map((gpu, i) => startSpan(`${gpu} ${i}`, {}, { gpu }));
    for (const reference of open) endSpan(reference);
    await vi.waitUntil(() => host.spans().length === 3);
    expect(sharedOf(host)).toEqual({ 'cuda:0 0': true, 'cuda:0 1': true, 'cuda:1 2': false });
  });

  it('is not set on consecutive spans, even while the first waits for its last reading', async () => {
    const host = instrumentedHost();
    const slow = source();
    await profilerOf(slow);
    slow.onSampleFast = () => sleep(100).then(() => sampled(gpu(0, { memoryUsedMib: 1 })));
    for (const name of ['first', 'second']) {
      await wait(10);
      endSpan(startSpan(name, {}, { gpu: 'cuda:0' }));
    }
    expect(host.spans()).toEqual([]);
    await vi.waitUntil(() => host.spans().length === 2);
    expect(sharedOf(host)).toEqual({ first: false, second: false });
  });

  it('is not set on a span and those inside it', async () => {
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

describe('the shared mark, with many spans,', () => {
  const open = (tracker: GpuUsageTracker, device: 'auto' | 'cuda:0' | 'cuda:1', parent?: SpanGpuUsage) =>
    tracker.open(device, {} as Span, parent);

  it('equals that of comparing each span with every other', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 50; round++) {
      const tracker = new GpuUsageTracker(createUsageState());
      const usages: SpanGpuUsage[] = [];
      const expected = new Map<SpanGpuUsage, boolean>();
      for (let step = 0; step < 40; step++) {
        const active = usages.filter(({ endedAt }) => endedAt === Number.POSITIVE_INFINITY);
        const one = active[Math.floor(random() * active.length * 1.5)];
        if (one !== undefined && random() < 0.3) {
          tracker.close(one, () => {});
          continue;
        }
        const device = (['auto', 'cuda:0', 'cuda:1'] as const)[Math.floor(random() * 3)] ?? 'auto';
        const usage = open(tracker, device, one);
        const around = new Set<SpanGpuUsage>();
        for (let each = usage.parent; each !== undefined; each = each.parent) around.add(each);
        const met = active.filter(
          (other) =>
            !around.has(other) && (device === 'auto' || other.gpu === 'auto' || other.gpu === device),
        );
        expected.set(usage, met.length > 0);
        for (const other of met) expected.set(other, true);
        usages.push(usage);
      }
      expect(usages.map(({ isShared }) => isShared)).toEqual(usages.map((usage) => expected.get(usage)));
      expect(usages.some(({ isShared }) => isShared)).toBe(true);
    }
  });
});

describe('the shared mark, across spans that are not tracked,', () => {
  it.each([
    [
      'of the host',
      (inner: () => Promise<unknown>) =>
        trace.getTracer('host').startActiveSpan('between', (between) => inner().finally(() => between.end())),
    ],
    ['that opt out', (inner: () => Promise<unknown>) => span('between', {}, inner, { gpu: false })],
  ])('is not set on a span and those inside it: %s', async (_, between) => {
    const host = instrumentedHost();
    trace.setGlobalTracerProvider(host.tracerProvider);
    await profilerOf(new FastSource(() => [gpu(0, { memoryUsedMib: 1 })]));
    const inner = () => span('inner', {}, () => wait(1), { gpu: 'cuda:0' });
    await span('outer', {}, () => between(inner), { gpu: 'cuda:0' });
    await vi.waitUntil(() => host.spans().length === 3);
    expect(host.spans().filter(({ attributes }) => attributes['snakepit.gpu.shared'])).toEqual([]);
    expect(host.spans().filter(({ attributes }) => attributes['snakepit.gpu.samples'])).toHaveLength(2);
  });
});

describe('the tracker', () => {
  const someSpan = () => ({}) as Span;
  const close = (tracker: GpuUsageTracker, usage: SpanGpuUsage) => {
    let attributes: Attributes | undefined;
    tracker.close(usage, (recorded) => {
      attributes = recorded;
    });
    return attributes;
  };

  it('evicts the oldest span if too many are open: it ends without usage, and new ones have theirs', () => {
    const tracker = new GpuUsageTracker(createUsageState());
    const oldest = tracker.open('cuda:0', someSpan(), undefined);
    const next = tracker.open('cuda:0', someSpan(), undefined);
    for (let i = 2; i < 2001; i++) tracker.open('cuda:0', someSpan(), undefined);
    tracker.record([gpu(0, { memoryUsedMib: 7 })], performance.now());
    expect(close(tracker, oldest)).toEqual({});
    expect(close(tracker, next)).toMatchObject({ 'snakepit.gpu.memory.peak_mb': 7 });
    const newest = tracker.open('auto', someSpan(), undefined);
    tracker.record([gpu(0, { memoryUsedMib: 8 })], performance.now() + 1);
    expect(close(tracker, newest)).toMatchObject({ 'snakepit.gpu.memory.peak_mb': 8 });
  });

  it('finishes spans that wait for their last reading before it evicts open ones', () => {
    const tracker = new GpuUsageTracker(createUsageState());
    tracker.attach(() => new Promise(() => {}));
    const waiting = tracker.open('cuda:0', someSpan(), undefined);
    tracker.record([gpu(0, { memoryUsedMib: 7 })], performance.now() - 10);
    tracker.record([gpu(0, { memoryUsedMib: 7 })], performance.now() - 9);
    let attributes: Attributes | undefined;
    tracker.close(waiting, (recorded) => {
      attributes = recorded;
    });
    for (let i = 0; i < 1999; i++) tracker.open('cuda:0', someSpan(), undefined);
    expect(attributes).toBeUndefined();
    tracker.open('cuda:0', someSpan(), undefined);
    expect(attributes).toBeDefined();
  });

  it('ignores duplicate readings and those older than the newest', () => {
    const tracker = new GpuUsageTracker(createUsageState());
    const usage = tracker.open('cuda:0', someSpan(), undefined);
    const at = performance.now();
    for (const [joules, later] of [
      [0, 0],
      [100, 1],
      [100, 1],
      [50, 0.5],
    ] as const) {
      tracker.record([gpu(0, { energyJoules: joules })], at + later);
    }
    expect(close(tracker, usage)).toMatchObject({ 'snakepit.gpu.samples': 2 });
  });

  it('retains no ended span of a chain in which each step begins inside the previous one', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const tracker = new GpuUsageTracker(createUsageState());
    const runChain = () => {
      let usage = tracker.open('cuda:0', someSpan(), undefined);
      const first = new WeakRef(usage);
      const begun = [usage];
      for (let step = 0; step < 10; step++) {
        usage = tracker.open('cuda:0', someSpan(), usage);
        begun.push(usage);
        // Each is over a little after the next but one has begun.
        const [over] = begun.length > 2 ? begun.splice(0, 1) : [];
        if (over !== undefined) close(tracker, over);
      }
      return { first, last: usage };
    };
    const { first, last } = runChain();
    // A WeakRef keeps its target until the current job ends.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(first.deref()).toBeUndefined();
    expect(close(tracker, last)).toEqual({});
  });
});

describe('the state that all copies of the package share', () => {
  it('lets one copy add readings to a span that another opened', () => {
    const state = createUsageState();
    const [one, other] = [new GpuUsageTracker(state), new GpuUsageTracker(state)];
    const otelSpan = {} as Span;
    const usage = one.open('cuda:0', otelSpan, undefined);
    other.record([gpu(0, { memoryUsedMib: 7 })], performance.now());
    expect(other.usageOf(otelSpan)).toBe(usage);
    const done = vi.fn();
    other.close(usage, done);
    expect(done).toHaveBeenCalledWith(expect.objectContaining({ 'snakepit.gpu.memory.peak_mb': 7 }));
    expect(state).toMatchObject({ usages: new Set(), byGpu: new Map(), waiting: new Map() });
  });

  it('is plain data', () => {
    const state = createUsageState();
    const tracker = new GpuUsageTracker(state);
    tracker.attach(() => new Promise(() => {}));
    tracker.record([gpu(0, { memoryUsedMib: 7, energyJoules: 1 })], performance.now() - 10);
    const parent = tracker.open('cuda:0', {} as Span, undefined);
    const usage = tracker.open('auto', {} as Span, parent);
    tracker.record([gpu(0, { memoryUsedMib: 8, energyJoules: 2 })], performance.now() - 9);
    tracker.close(usage, () => {});
    expect(state.waiting.size).toBe(1);
    const prototypes = new Set<unknown>();
    const visited = new Set<unknown>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || visited.has(value)) return;
      visited.add(value);
      prototypes.add(Object.getPrototypeOf(value));
      if (value instanceof Map || value instanceof Set) for (const entry of value.entries()) visit(entry);
      else for (const member of Object.values(value)) visit(member);
    };
    visit(state);
    expect([...prototypes].map((prototype) => (prototype as object).constructor.name).sort()).toEqual([
      'Array',
      'Map',
      'Object',
      'Set',
      'WeakMap',
    ]);
  });
});

describe('auto selects', () => {
  const deviceOf = async (readings: GpuReading[], metadata = {}) => {
    const host = instrumentedHost({ spanGpu: 'auto' });
    await profilerOf(new FastSource(() => readings));
    await span('forward', metadata, () => wait(10));
    await vi.waitUntil(() => host.spans().length === 1);
    return host.spans()[0]?.attributes['snakepit.gpu.device'];
  };
  const held = (index: number, ...pids: number[]) =>
    gpu(index, { memoryUsedMib: 1, processes: pids.map((pid) => ({ pid, usedMib: 1 })) });

  it('the only GPU', async () => {
    expect(await deviceOf([held(3)])).toBe('cuda:3');
  });
  it('the device in the metadata', async () => {
    expect(await deviceOf([held(0, process.pid), held(1)], { device: 'cuda:1' })).toBe('cuda:1');
  });
  it('the only GPU on which this process holds memory', async () => {
    expect(await deviceOf([held(0, 1), held(1, 1, process.pid)])).toBe('cuda:1');
  });
  it.each([
    ['this process uses two', [held(0, process.pid), held(1, process.pid)]],
    ['nobody uses either', [held(0), held(1)]],
  ])('no GPU if it is ambiguous: %s', async (_, readings) => {
    expect(await deviceOf(readings)).toBeUndefined();
  });
  it('nothing for a span that opts out', async () => {
    const host = instrumentedHost({ spanGpu: 'auto' });
    await profilerOf(new FastSource(() => [held(0)]));
    span('quick', {}, () => {}, { gpu: false });
    expect(host.spans()[0]?.attributes).toEqual({});
  });
});

it('rejects an invalid device at start', () => {
  expect(() => instrumentedHost({ spanGpu: 'gpu0' })).toThrow(
    'Invalid spanGpu: "gpu0". Allowed: auto, or a device: cuda:0',
  );
});
