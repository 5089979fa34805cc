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
  observableCounter,
  sum,
} from '../../../src/index.js';
import { measured } from '../../helpers/measured.js';
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

test('records attribute sets beyond the limit as overflow', { tags: ['H10'] }, async () => {
  const host = instrumentedHost();
  for (let i = 0; i < 2005; i++) execute('snakepit.circuit_breaker.closed', {}, { pool: `pool-${i}` });
  const metric = await host.metric('snakepit.circuit_breaker.closed.total');
  expect(metric?.dataPoints).toHaveLength(2000);
  expect(await host.value('snakepit.circuit_breaker.closed.total', { 'otel.metric.overflow': true })).toBe(6);
  expect(await host.value('snakepit.circuit_breaker.closed.total', { pool: 'pool-7' })).toBe(1);
});

const everyKind = (cardinalityLimit?: number) => {
  const counted = { description: '', tags: ['tag'], cardinalityLimit };
  const options = { ...counted, measurement: 'value' };
  return [
    counter('myapp.counter', counted),
    sum('myapp.sum', options),
    lastValue('myapp.gauge', options),
    lastValue('myapp.level', { ...options, instrument: 'updowncounter' }),
    observableCounter('myapp.running', options),
    distribution('myapp.histogram', { ...options, boundaries: [1, 10] }),
  ].map((spec) => ({ event: BATCH, ...spec }));
};
const points = async (host: ReturnType<typeof instrumentedHost>) =>
  Object.fromEntries(
    (await host.metrics())
      .filter(({ descriptor }) => descriptor.name.startsWith('myapp.'))
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }): [unknown, number] => [
          attributes.tag ?? attributes,
          typeof value === 'number' ? value : (value.sum ?? Number.NaN),
        ]),
      ]),
  );

test('keeps the limit over all collections, and loses no value', { tags: ['H10'] }, async () => {
  const host = instrumentedHost({ metrics: everyKind() });
  let last: Awaited<ReturnType<typeof points>> = {};
  for (let scrape = 0; scrape < 12; scrape++) {
    for (let i = 0; i < 450; i++) batch({ value: 1 }, { tag: `${scrape}-${i}` });
    last = await points(host);
  }
  for (const [name, series] of Object.entries(last)) {
    expect(series, name).toHaveLength(2000);
    expect(series.filter(([tag]) => typeof tag === 'object')).toHaveLength(1);
  }
  const total = (name: string) => last[name]?.reduce((all, [, value]) => all + value, 0);
  measured('attribute sets sent', 12 * 450);
  measured('series', last['myapp.counter']?.length ?? 0);
  measured('sum of the series', total('myapp.counter') ?? 0);
  expect(total('myapp.counter')).toBe(12 * 450);
  expect(total('myapp.sum')).toBe(12 * 450);
  expect(total('myapp.histogram')).toBe(12 * 450);
});

test('counts the definitions of a metric towards one limit', async () => {
  const kinds = ['a', 'b', 'c'].map((kind) => ({
    event: BATCH,
    ...counter('myapp.counter', {
      description: '',
      tags: ['tag'],
      attributes: { kind },
      cardinalityLimit: 10,
    }),
  }));
  const host = instrumentedHost({ metrics: kinds });
  for (let i = 0; i < 20; i++) batch({}, { tag: `${i}` });
  expect((await host.metric('myapp.counter'))?.dataPoints).toHaveLength(10);
});

test('finds the series of frozen metadata that recurs, also after the series expired', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const host = instrumentedHost();
  const event = (device: string) => Object.freeze({ device, interval_ms: 1000 });
  const [one, other] = [event('cuda:0'), event('cuda:1')];
  const sample = (metadata: { readonly device: string }, celsius: number) =>
    execute('snakepit.gpu.temperature.sampled', { celsius }, metadata);
  const values = async () =>
    Object.fromEntries(
      ((await host.metric('snakepit.gpu.temperature.celsius'))?.dataPoints ?? []).map(
        ({ attributes, value }) => [attributes.device, value],
      ),
    );
  for (const celsius of [50, 51]) {
    sample(one, celsius);
    sample(other, celsius + 10);
  }
  expect(await values()).toEqual({ 'cuda:0': 51, 'cuda:1': 61 });
  vi.advanceTimersByTime(10_000);
  expect(await values()).toEqual({});
  sample(one, 52);
  expect(await values()).toEqual({ 'cuda:0': 52 });
  // An equal object has the same series.
  sample(event('cuda:0'), 53);
  sample(one, 54);
  expect(await values()).toEqual({ 'cuda:0': 54 });
});

test('follows metadata that changes between samples, frozen or not', async () => {
  const host = instrumentedHost();
  let current = 'cuda:0';
  const computed = Object.freeze({
    get device() {
      return current;
    },
  });
  const changing = { device: 'cuda:2' };
  const sample = (metadata: { readonly device: string }, celsius: number) =>
    execute('snakepit.gpu.temperature.sampled', { celsius }, metadata);
  sample(computed, 50);
  sample(changing, 52);
  current = 'cuda:1';
  changing.device = 'cuda:3';
  sample(computed, 51);
  sample(changing, 53);
  const devices = (await host.metric('snakepit.gpu.temperature.celsius'))?.dataPoints.map(
    ({ attributes }) => attributes.device,
  );
  expect(devices?.sort()).toEqual(['cuda:0', 'cuda:1', 'cuda:2', 'cuda:3']);
});

test('gives the place of an expired series to a new one', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const metrics = everyKind(10);
  const host = instrumentedHost({ metrics, events: { [BATCH]: { sampled: true } } });
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 9; i++) batch({ value: round }, { tag: `${round}-${i}`, interval_ms: 1000 });
    const { 'myapp.gauge': gauge, 'myapp.running': running } = await points(host);
    expect(gauge).toHaveLength(9);
    expect(gauge).toContainEqual([`${round}-8`, round]);
    expect(running).toContainEqual([`${round}-8`, round]);
    vi.advanceTimersByTime(3001);
    await host.metrics();
  }
});

test('ends a series with the event that its definition names', async () => {
  const endedBy = {
    event: 'myapp.ended.stop',
    when: ({ metadata }: { metadata: Record<string, unknown> }) => metadata.last === true,
  };
  const options = { description: '', measurement: 'value', tags: ['tag'] };
  const host = instrumentedHost({
    metrics: [
      { event: BATCH, ...lastValue('myapp.gauge', { ...options, endedBy }) },
      { event: BATCH, ...lastValue('myapp.other', options) },
    ],
  });
  const end = (tag: unknown, last = true) => execute('myapp.ended.stop', {}, { tag, last });
  batch({ value: 1 }, { tag: 5 });
  batch({ value: 2 }, { tag: 6 });
  await host.metrics();
  end('5');
  end('unknown');
  end(6, false);
  expect(await points(host)).toMatchObject({
    'myapp.gauge': [[6, 2]],
    'myapp.other': [
      [5, 1],
      [6, 2],
    ],
  });
  batch({ value: 3 }, { tag: 5 });
  expect((await points(host))['myapp.gauge']).toEqual([
    [6, 2],
    [5, 3],
  ]);
});

test.each([0, -1, 1.5, Number.NaN, '10'])('rejects the limit %s', (cardinalityLimit) => {
  expect(() => instrumentedHost({ metrics: everyKind(cardinalityLimit as number) })).toThrow(
    'Invalid cardinalityLimit of myapp.counter',
  );
});

test.each<[string, unknown[], unknown]>([
  ['5', [5, '5', 5n, 5.0, [5], ['5']], 5],
  ['text first', ['5', 5], '5'],
  ['zero', [-0, 0, '0', 0n], 0],
  ['not a number', [Number.NaN, 'NaN'], 'NaN'],
  ['infinity', [Number.NEGATIVE_INFINITY, '-Infinity'], '-Infinity'],
  ['a fraction', [0.1, '0.1'], 0.1],
  ['an integer beyond 64 bits', [1e300, '1e+300'], '1e+300'],
  ['a bigint beyond 64 bits', [10n ** 30n, `1${'0'.repeat(30)}`], `1${'0'.repeat(30)}`],
  ['a boolean', [true, 'true'], true],
  ['an object', [{ a: 1 }, '{"a":1}'], '{"a":1}'],
  ['half of a surrogate pair', ['\ud800', '\ufffd'], '\ufffd'],
  ['nothing', [undefined, null, '', []], {}],
])(
  'records values with the text of one label in one series: %s',
  { tags: ['H9'] },
  async (_, values, tag) => {
    const host = instrumentedHost({ metrics: everyKind() });
    for (let round = 0; round < 2; round++) for (const value of values) batch({ value: 1 }, { tag: value });
    const total = 2 * values.length;
    const recorded = await points(host);
    measured('series of each metric', Math.max(...Object.values(recorded).map((series) => series.length)));
    expect(recorded).toEqual({
      'myapp.counter': [[tag, total]],
      'myapp.sum': [[tag, total]],
      'myapp.gauge': [[tag, 1]],
      'myapp.level': [[tag, 1]],
      'myapp.running': [[tag, 1]],
      'myapp.histogram': [[tag, total]],
    });
  },
);

test('a value that no sum can hold is invalid, and spoils no other', { tags: ['H11'] }, async () => {
  const host = instrumentedHost({ metrics: [...everyKind(), ...metricDefinitions()] });
  for (const value of [1, 1.7e308, 1.7e308, -1.7e308, 1.7e308]) {
    batch({ value }, { tag: 'a' });
    await host.metrics();
  }
  batch({ value: 2 }, { tag: 'a' });
  const { 'myapp.counter': calls, ...measured } = await points(host);
  expect(calls).toEqual([['a', 6]]);
  expect(measured).toEqual({
    'myapp.sum': [['a', 3]],
    'myapp.gauge': [['a', 2]],
    'myapp.level': [['a', 2]],
    'myapp.running': [['a', 2]],
    'myapp.histogram': [['a', 3]],
  });
  const problem = 'out_of_range';
  expect(await host.value('snakepit.telemetry.invalid_events.total', { problem })).toBe(3 * 5 + 2);
});

test('a value that overflows in the conversion of its unit is invalid', async () => {
  const options = { description: '', measurement: 'value', unit: 'By', sourceUnit: 'MiBy' };
  const host = instrumentedHost({ metrics: [{ event: BATCH, ...sum('myapp.sum', options) }] });
  batch({ value: 1.7e308 });
  batch({ value: 1 });
  expect(await host.value('myapp.sum')).toBe(2 ** 20);
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
