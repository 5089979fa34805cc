import { describe, expect, test } from 'vitest';
import { Columns } from '../../src/page/app/data/columns.js';
import { LiveStore } from '../../src/page/app/data/store.js';
import { type Gpu, type GpuMetric, MAX_STEPS, type Snapshot } from '../../src/page/contract.js';

const START = 1_795_000_000_000;
const empty = { memory: [], utilization: [], power: [], temperature: [], clock: [], throttle: [] };

function gpu(parts: Partial<Gpu> = {}): Gpu {
  return {
    device: 'cuda:0',
    throttleReasons: [],
    lastSeen: START,
    isLost: false,
    processes: [],
    series: { from: START, step: 1000, mean: empty },
    ...parts,
  };
}

function column(metric: GpuMetric, values: (number | null)[]) {
  return {
    ...empty,
    ...Object.fromEntries(Object.keys(empty).map((name) => [name, values.map(() => null)])),
    [metric]: values,
  };
}

describe('columns', () => {
  test('samples of one step become their mean, least and greatest value', () => {
    const columns = new Columns(gpu({ series: { from: START, step: 5000, mean: empty } }), 3_600_000);
    for (const [second, power] of [100, 200, 600].entries())
      columns.append(START + second * 1000, [null, null, power, null, null, null], []);

    expect(columns.time).toEqual([START / 1000]);
    expect([columns.mean.power, columns.min.power, columns.max.power]).toEqual([[300], [100], [600]]);
    expect(columns.mean.memory).toEqual([null]);
  });

  test('steps without samples are gaps', () => {
    const columns = new Columns(
      gpu({ series: { from: START, step: 1000, mean: column('power', [5]) } }),
      300_000,
    );
    columns.append(START + 3000, [null, null, 7, null, null, null], []);

    expect(columns.mean.power).toEqual([5, null, null, 7]);
    expect(columns.time.map((time) => time - START / 1000)).toEqual([0, 1, 2, 3]);
  });

  test('the oldest steps go, also after a silence of days', () => {
    const columns = new Columns(gpu(), 3_600_000);
    for (let second = 0; second < 2 * MAX_STEPS; second += 1)
      columns.append(START + second * 1000, [1, 1, 1, 1, 1, 0], [{ pid: 7, memory: second }]);
    expect(columns.time).toHaveLength(MAX_STEPS);
    expect(columns.processes.get(7)?.memory).toHaveLength(MAX_STEPS);
    expect(columns.processes.get(7)?.memory.at(-1)).toBe(2 * MAX_STEPS - 1);

    columns.append(START + 5 * 86_400_000, [2, 1, 1, 1, 1, 0], []);
    expect(columns.time).toHaveLength(MAX_STEPS);
    expect(columns.mean.memory.filter((value) => value !== null)).toEqual([2]);
  });

  test('a process that has ended goes when the chart has no value of it', () => {
    const columns = new Columns(gpu(), 5000);
    columns.append(START, [1, 1, 1, 1, 1, 0], [{ pid: 7, memory: 10 }]);
    for (let second = 1; second < 5; second += 1)
      columns.append(
        START + second * 1000,
        [1, 1, 1, 1, 1, 0],
        [{ pid: 7, memory: 10, goneAt: START + 500 }],
      );
    expect(columns.processes.get(7)?.memory).toEqual([10, null, null, null, null]);
    columns.append(START + 5000, [1, 1, 1, 1, 1, 0], []);
    expect(columns.processes.has(7)).toBe(false);
  });

  test('a metric whose least and greatest values are not sent has those of its mean', () => {
    const series = { from: START, step: 5000, mean: column('power', [4]), min: { power: [3] }, max: {} };
    const columns = new Columns(gpu({ series }), 3_600_000);
    expect([columns.min.power, columns.max.power]).toEqual([[3], [4]]);
  });
});

function snapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    v: 1,
    boot: 'a',
    seq: 1,
    now: START,
    range: '5m',
    host: {
      name: 'h',
      version: '0',
      platform: 'linux x64',
      pid: 1,
      startedAt: START,
      serviceName: 's',
      gpuIntervalMs: 1000,
      samplesGpus: true,
      includesSensitive: false,
      sources: [],
      addresses: [],
    },
    limits: { traces: 3, spans: 9, spansPerTrace: 9, errors: 2, events: 4, seconds: 300 },
    gpus: [],
    pools: [],
    breakers: [],
    traces: [],
    errors: [],
    events: [],
    delivery: [],
    problems: [],
    ...parts,
  };
}

const head = (id: string, ms = 1) =>
  ({ id, name: id, start: START, ms, spans: 1, status: 'ok', devices: [], services: [] }) as const;
const event = (name: string) => ({ ts: START, level: 'info', name, text: name, attributes: {} }) as const;

describe('store', () => {
  test('keeps the newest rows up to the limits of the server', () => {
    const store = new LiveStore();
    store.apply('snapshot', snapshot({ traces: [head('a'), head('b')] }));
    store.apply('traces', [head('c'), head('a', 9), head('d')]);
    store.apply('events', { rows: ['1', '2', '3', '4', '5'].map(event), skipped: 7 });
    store.publish();

    expect(store.traces.value.map(({ id, ms }) => [id, ms])).toEqual([
      ['d', 1],
      ['a', 9],
      ['c', 1],
    ]);
    expect(store.events.value.map(({ name }) => name)).toEqual(['5', '4', '3', '2']);
    expect(store.skippedEvents.value).toBe(7);
  });

  test('a snapshot replaces everything of another server', () => {
    const store = new LiveStore();
    store.apply('snapshot', snapshot({ gpus: [gpu()], traces: [head('a')], events: [event('1')] }));
    store.publish();
    store.apply('snapshot', snapshot({ boot: 'b', traces: [head('z')] }));
    store.publish();

    expect(store.gpus.value).toEqual([]);
    expect(store.traces.value.map(({ id }) => id)).toEqual(['z']);
    expect(store.events.value).toEqual([]);
  });

  test('a paused store counts rows, and shows them when it continues', () => {
    const store = new LiveStore();
    store.apply('snapshot', snapshot({ gpus: [gpu()] }));
    store.publish();
    store.setPaused(true);
    store.apply('traces', [head('a')]);
    store.apply('events', { rows: [event('1'), event('2')], skipped: 0 });
    store.apply('tick', { ts: START + 1000, gpus: { 'cuda:0': [512, null, null, null, null, null] } });
    store.publish();
    expect([store.traces.value.length, store.pending.value, store.gpus.value[0]?.now.value.memory]).toEqual([
      0,
      3,
      undefined,
    ]);

    store.setPaused(false);
    expect([store.traces.value.length, store.pending.value, store.gpus.value[0]?.now.value.memory]).toEqual([
      1, 0, 512,
    ]);
  });

  test('ignores what it does not know: a device of another snapshot, a message of a newer server', () => {
    const store = new LiveStore();
    store.apply('snapshot', snapshot());
    store.apply('tick', { ts: START, gpus: { 'cuda:9': [1, 1, 1, 1, 1, 0] } });
    store.apply('future' as 'gap', { from: 0, to: 1, reason: '' });
    store.publish();
    expect(store.gpus.value).toEqual([]);
  });

  test('a breaker that was shut down is not listed', () => {
    const store = new LiveStore();
    const breaker = {
      name: 'llm',
      state: 'closed',
      since: START,
      rejected: 0,
      failures: 0,
      successes: 0,
      transitions: [],
    } as const;
    store.apply('snapshot', snapshot({ breakers: [breaker] }));
    store.apply('breaker', { ...breaker, isGone: true });
    store.publish();
    expect(store.breakers.value).toEqual([]);
  });
});
