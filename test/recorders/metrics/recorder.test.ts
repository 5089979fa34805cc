import type { ViewOptions } from '@opentelemetry/sdk-metrics';
import { afterEach, expect, test, vi } from 'vitest';
import {
  attach,
  counter,
  detach,
  distribution,
  execute,
  lastValue,
  metricDefinitions,
  sum,
} from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const BATCH = 'myapp.batch.stop';
const batch = (measurements: object, metadata: object = {}) => execute(BATCH, measurements, { ...metadata });
const opened = (pool: string) =>
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool, reason: 'failures' });
const sampled = (device: string, used: number, extra: object = {}) =>
  execute(
    'snakepit.gpu.memory.sampled',
    { used_mb: used, total_mb: 81_920, free_mb: 81_920 - used },
    { device, uuid: `GPU-${device}`, name: 'H200', vendor: 'nvidia', ...extra },
  );

afterEach(() => {
  vi.useRealTimers();
  detach('watch');
});

test('counts events by their tags across collections', async () => {
  const host = instrumentedHost();
  opened('default');
  opened('default');
  opened('other');
  expect(
    await host.value('snakepit.circuit_breaker.opened.total', { pool: 'default', reason: 'failures' }),
  ).toBe(2);
  opened('default');
  expect(await host.value('snakepit.circuit_breaker.opened.total', { pool: 'default' })).toBe(3);
  expect(await host.value('snakepit.circuit_breaker.opened.total', { pool: 'other' })).toBe(1);
});

test('reports the state of a breaker after each transition', async () => {
  const host = instrumentedHost();
  const states = [];
  opened('p');
  states.push(await host.value('snakepit.circuit_breaker.state', { pool: 'p' }));
  execute('snakepit.circuit_breaker.half_open', {}, { pool: 'p' });
  states.push(await host.value('snakepit.circuit_breaker.state', { pool: 'p' }));
  execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' });
  states.push(await host.value('snakepit.circuit_breaker.state', { pool: 'p' }));
  expect(states).toEqual([2, 1, 0]);
});

test('records durations in seconds, in suitable buckets', async () => {
  const host = instrumentedHost();
  execute(
    'snakepit.hardware.detect.stop',
    { duration: 250_000_000 },
    { accelerator: 'cpu', platform: 'linux-x86_64' },
  );
  const metric = await host.metric('snakepit.hardware.detect.duration');
  expect(metric?.descriptor.unit).toBe('s');
  expect(metric?.dataPoints[0]?.value).toMatchObject({ sum: 0.25, count: 1 });
});

test('records definitions of the host, and drops filtered ones', async () => {
  const host = instrumentedHost({
    metrics: [
      ...metricDefinitions().filter(({ name }) => name !== 'snakepit.errors.oom.total'),
      { event: BATCH, ...counter('myapp.batches', { description: 'Batches', tags: ['model'] }) },
      { event: BATCH, ...sum('myapp.items', { description: 'Items', measurement: 'items', unit: '{item}' }) },
      { event: BATCH, ...lastValue('myapp.loss', { description: 'Loss', measurement: 'loss' }) },
      {
        event: BATCH,
        ...distribution('myapp.batch.duration', {
          description: 'Duration of batches',
          measurement: 'duration',
          sourceUnit: 'ns',
          unit: 's',
          boundaries: [0.1, 1],
        }),
      },
    ],
  });
  batch({ items: 3, loss: -0.5, duration: 2e8 }, { model: { name: 'resnet' } });
  batch({ items: 4, loss: 0.25, duration: 2e9 }, { model: { name: 'resnet' } });
  execute('snakepit.error.oom', {}, { device: 'cuda:0' });
  expect(await host.value('myapp.batches', { model: '{"name":"resnet"}' })).toBe(2);
  expect(await host.value('myapp.items')).toBe(7);
  expect(await host.value('myapp.loss')).toBe(0.25);
  expect(await host.value('myapp.batch.duration')).toMatchObject({ buckets: { counts: [0, 1, 1] } });
  expect(await host.metric('snakepit.errors.oom.total')).toBeUndefined();
});

test('records the metrics of custom events', async () => {
  const metrics = [counter('myapp.batches', { description: 'Batches' })];
  const host = instrumentedHost({ events: { [BATCH]: { metrics } } });
  batch({});
  expect(await host.value('myapp.batches')).toBe(1);
});

test('rejects definitions of one name that contradict each other', () => {
  const [a, b] = [counter('x', { description: '' }), counter('x', { description: '', tags: ['pool'] })];
  const metrics = [
    { event: BATCH, ...a },
    { event: BATCH, ...b },
  ];
  expect(() => instrumentedHost({ metrics })).toThrow('Invalid metric definition x');
});

test('merges definitions of one name that differ in their constant attributes', async () => {
  const host = instrumentedHost();
  const clocks = (graphics: number, memory: number) =>
    execute(
      'snakepit.gpu.clocks.sampled',
      { graphics_mhz: graphics, memory_mhz: memory },
      { device: 'cuda:0' },
    );
  clocks(1000, 2000);
  await host.metrics();
  clocks(1500, 2000);
  expect((await host.metric('snakepit.gpu.clock.mhz'))?.dataPoints).toMatchObject([
    { attributes: { device: 'cuda:0', clock: 'graphics' }, value: 1500 },
    { attributes: { device: 'cuda:0', clock: 'memory' }, value: 2000 },
  ]);
});

test('reports a running total as a counter while it is sampled', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const host = instrumentedHost();
  const used = (joules: number) =>
    execute('snakepit.gpu.energy.sampled', { joules }, { device: 'cuda:0', interval_ms: 1000 });
  used(5_000_000);
  used(5_000_250);
  expect(await host.metric('snakepit.gpu.energy.joules.total')).toMatchObject({
    isMonotonic: true,
    dataPoints: [{ attributes: { device: 'cuda:0' }, value: 5_000_250 }],
  });
  vi.advanceTimersByTime(3001);
  expect((await host.metric('snakepit.gpu.energy.joules.total'))?.dataPoints ?? []).toEqual([]);
});

test.each([
  ['missing', {}],
  ['missing', { failure_count: null }],
  ['not_finite', { failure_count: Number.NaN }],
  ['not_finite', { failure_count: Number.POSITIVE_INFINITY }],
  ['not_finite', { failure_count: '5' }],
])(
  'a measurement that is %s (%j) is counted and announced, and nothing else is lost',
  async (problem, measurements) => {
    const host = instrumentedHost();
    const announced: unknown[] = [];
    attach('watch', 'snakepit.telemetry.event.invalid', ({ metadata }) => announced.push(metadata));
    execute('snakepit.circuit_breaker.opened', measurements as { failure_count: number }, {
      pool: 'p',
      reason: 'failures',
    });
    expect(announced).toEqual([{ event: 'snakepit.circuit_breaker.opened', key: 'failure_count', problem }]);
    expect(await host.value('snakepit.telemetry.invalid_events.total', { problem })).toBe(1);
    expect(await host.value('snakepit.circuit_breaker.opened.total', { pool: 'p' })).toBe(1);
    expect(await host.metric('snakepit.circuit_breaker.failure_count')).toBeUndefined();
  },
);

test('rejects a negative duration, and accepts a negative gauge', async () => {
  const host = instrumentedHost();
  execute('snakepit.python.call.stop', { duration: -5 }, { command: 'predict' });
  execute('snakepit.gpu.temperature.sampled', { celsius: -5 }, { device: 'cuda:0' });
  expect(await host.value('snakepit.telemetry.invalid_events.total', { problem: 'negative' })).toBe(1);
  expect(await host.metric('snakepit.python.call.duration')).toBeUndefined();
  expect(await host.value('snakepit.gpu.temperature.celsius')).toBe(-5);
});

test('a measurement function that throws affects only its metric', async () => {
  const boom = () => {
    throw new Error('boom');
  };
  const metrics = [
    { event: BATCH, ...lastValue('myapp.bad', { description: '', measurement: boom }) },
    { event: BATCH, ...counter('myapp.good', { description: '' }) },
    ...metricDefinitions(),
  ];
  const host = instrumentedHost({ metrics });
  batch({});
  expect(await host.value('myapp.good')).toBe(1);
  expect(await host.value('snakepit.telemetry.invalid_events.total', { problem: 'threw' })).toBe(1);
});

test('accepts bigint measurements', async () => {
  const host = instrumentedHost();
  execute(
    'snakepit.python.call.stop',
    { duration: 1_500_000_000n as unknown as number },
    { command: 'predict' },
  );
  expect(await host.value('snakepit.python.call.duration')).toMatchObject({ sum: 1.5 });
});

test('records attribute sets beyond the limit as overflow', async () => {
  const host = instrumentedHost();
  for (let i = 0; i < 1005; i++) execute('snakepit.circuit_breaker.closed', {}, { pool: `pool-${i}` });
  expect(await host.value('snakepit.circuit_breaker.closed.total', { 'otel.metric.overflow': true })).toBe(5);
  expect(await host.value('snakepit.circuit_breaker.closed.total', { pool: 'pool-7' })).toBe(1);
});

test('replaces idle attribute sets by new ones', async () => {
  const host = instrumentedHost();
  for (let generation = 0; generation < 3; generation++) {
    for (let i = 0; i < 900; i++)
      execute('snakepit.circuit_breaker.call.allowed', {}, { pool: `${generation}-${i}` });
    await host.metrics();
  }
  expect(await host.value('snakepit.circuit_breaker.calls.allowed.total', { pool: '2-899' })).toBe(1);
});

test('truncates long label values', async () => {
  const host = instrumentedHost();
  for (let i = 0; i < 2; i++) execute('snakepit.error.python_exception', {}, { type: 'x'.repeat(10_000) });
  const metric = await host.metric('snakepit.errors.python_exception.total');
  expect(metric?.dataPoints).toHaveLength(1);
  expect(String(metric?.dataPoints[0]?.attributes.type)).toHaveLength(128);
  expect(metric?.dataPoints[0]?.value).toBe(2);
});

test('stops reporting a GPU three intervals after its last sample', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const host = instrumentedHost();
  sampled('cuda:0', 100, { interval_ms: 1000 });
  sampled('cuda:1', 200, { interval_ms: 1000 });
  vi.advanceTimersByTime(2000);
  sampled('cuda:1', 300, { interval_ms: 1000 });
  vi.advanceTimersByTime(1001);
  expect((await host.metric('snakepit.gpu.memory.used_mb'))?.dataPoints).toMatchObject([
    { attributes: { device: 'cuda:1' }, value: 300 },
  ]);
  sampled('cuda:0', 150, { interval_ms: 1000 });
  expect(await host.value('snakepit.gpu.memory.used_mb', { device: 'cuda:0' })).toBe(150);
});

// The SDK repeats what is no longer observed; what was reported once must be forgotten there too.
const withAttribute = (instrumentName: string): ViewOptions => ({
  instrumentName,
  attributesProcessors: [{ process: (attributes) => ({ ...attributes, x: 1 }) }],
});
test.each<[string, string, string, ViewOptions[]]>([
  ['a gauge', 'snakepit.gpu.memory.used_mb', 'device', []],
  ['an up-down counter', 'hw.gpu.memory.usage', 'hw.id', []],
  ['a running total', 'snakepit.gpu.energy.joules.total', 'device', []],
  ['under a View', 'snakepit.gpu.memory.used_mb', 'device', [withAttribute('snakepit.gpu.memory.used_mb')]],
])('drops a device that is gone, and reports it again when it returns: %s', async (_, name, key, views) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const host = instrumentedHost({ gpuConventions: 'both' }, views);
  const sample = (uuid: string, value: number) => {
    const metadata = { device: uuid, uuid, interval_ms: 1000 };
    execute('snakepit.gpu.memory.sampled', { used_mb: value, total_mb: 100, free_mb: 0 }, metadata);
    execute('snakepit.gpu.energy.sampled', { joules: value }, metadata);
  };
  const reported = async () => {
    const values = ((await host.metric(name))?.dataPoints ?? []).map(
      ({ attributes, value }): [unknown, unknown] => [attributes[key], value],
    );
    return Object.fromEntries(values);
  };
  const factor = name.startsWith('hw.') ? 2 ** 20 : 1;
  sample('a', 10);
  sample('b', 20);
  expect(await reported()).toEqual({ a: 10 * factor, b: 20 * factor });
  vi.advanceTimersByTime(2500);
  sample('b', 25);
  expect(await reported()).toEqual({ a: 10 * factor, b: 25 * factor });
  vi.advanceTimersByTime(501);
  expect(await reported()).toEqual({ b: 25 * factor });
  expect(await reported()).toEqual({ b: 25 * factor });
  sample('a', 4);
  expect(await reported()).toEqual({ a: 4 * factor, b: 25 * factor });
  vi.advanceTimersByTime(9000);
  expect(await reported()).toEqual({});
});

test('reports GPU samples under the names of the hardware conventions', async () => {
  const host = instrumentedHost({ gpuConventions: 'hw' });
  sampled('cuda:0', 1024);
  execute(
    'snakepit.gpu.utilization.sampled',
    { gpu_percent: 75, memory_controller_percent: 10 },
    { device: 'cuda:0' },
  );
  expect((await host.metric('hw.gpu.memory.usage'))?.dataPoints).toMatchObject([
    {
      attributes: { 'hw.id': 'GPU-cuda:0', 'hw.type': 'gpu', 'hw.name': 'H200', 'hw.vendor': 'nvidia' },
      value: 2 ** 30,
    },
  ]);
  expect(await host.value('hw.gpu.memory.utilization')).toBe(0.0125);
  expect(await host.value('hw.gpu.utilization', { 'hw.id': 'cuda:0', 'hw.gpu.task': 'general' })).toBe(0.75);
  expect(await host.metric('snakepit.gpu.memory.used_mb')).toBeUndefined();
  expect(await host.value('snakepit.gpu.memory_controller.percent')).toBe(10);

  execute('snakepit.gpu.utilization.sampled', { encoder_percent: 50 }, { device: 'cuda:0' });
  execute('snakepit.gpu.energy.sampled', { joules: 12.5 }, { device: 'cuda:0' });
  execute('snakepit.gpu.ecc.sampled', { corrected: 3, uncorrected: 0 }, { device: 'cuda:0' });
  expect(await host.value('hw.gpu.utilization', { 'hw.gpu.task': 'encoder' })).toBe(0.5);
  expect(await host.value('hw.energy')).toBe(12.5);
  expect(await host.value('hw.errors', { 'error.type': 'corrected' })).toBe(3);
  expect(await host.value('hw.errors', { 'error.type': 'uncorrected' })).toBe(0);
});

test('rejects unknown conventions by name', () => {
  expect(() => instrumentedHost({ gpuConventions: 'both?' as 'both' })).toThrow(
    'Invalid gpuConventions: "both?". Allowed: snakepit, hw, both.',
  );
});
