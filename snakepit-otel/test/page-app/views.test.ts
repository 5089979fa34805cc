import { describe, expect, test } from 'vitest';
import { isFragmented, memoryParts } from '../../src/page/app/errors/forensics.js';
import { errorReport } from '../../src/page/app/errors/report.js';
import { formatAge, formatDuration, formatJoules } from '../../src/page/app/format.js';
import { gpuStatus } from '../../src/page/app/gpus/status.js';
import { breakerSegments } from '../../src/page/app/panels/breaker-segments.js';
import { searchEvents } from '../../src/page/app/panels/event-search.js';
import { formatRoute, momentOf, parseRoute, rangeOf } from '../../src/page/app/shell/route.js';
import { toOtlp, toTraceparent } from '../../src/page/app/traces/otlp.js';
import { roundTicks } from '../../src/page/app/traces/ticks.js';
import { spanRows } from '../../src/page/client/span-rows.js';
import type { ErrorDetail, Span, Trace } from '../../src/page/contract.js';

const NOW = 1_795_000_000_000;

function span(id: string, parent: string, start: number, parts: Partial<Span> = {}): Span {
  return {
    id,
    parent,
    name: id,
    kind: 'internal',
    service: 's',
    start,
    ms: 1,
    status: 'unset',
    attributes: {},
    events: [],
    ...parts,
  };
}

describe('tree of spans', () => {
  test('orders children by start, below their parent', () => {
    const rows = spanRows([span('c', 'a', 3), span('a', '', 1), span('b', 'a', 2), span('d', 'b', 4)]);
    expect(rows.map(({ span: { id }, level }) => `${level} ${id}`)).toEqual(['1 a', '2 b', '3 d', '2 c']);
  });

  test('a span whose parent is not kept is a root, and a circle of parents loses no span', () => {
    const rows = spanRows([span('a', 'gone', 1), span('x', 'y', 2), span('y', 'x', 3), span('s', 's', 4)]);
    expect(rows.map(({ span: { id } }) => id).toSorted()).toEqual(['a', 's', 'x', 'y']);
  });

  test('a folded span hides all below it', () => {
    const spans = [span('a', '', 1), span('b', 'a', 2), span('c', 'b', 3), span('z', '', 4)];
    expect(spanRows(spans, new Set(['a'])).map(({ span: { id } }) => id)).toEqual(['a', 'z']);
  });

  test('20,000 spans in one line are no deep recursion', () => {
    const spans = Array.from({ length: 20_000 }, (_, index) => span(`${index}`, `${index - 1}`, index));
    expect(spanRows(spans).at(-1)?.level).toBe(20_000);
  });

  test.each([
    [3420, 7, [0, 500, 1000, 1500, 2000, 2500, 3000]],
    [0.4, 5, [0, 0.1, 0.2, 0.30000000000000004]],
    [0, 5, [0]],
    [Number.NaN, 5, [0]],
  ])('an axis of %d ms has round ticks', (total, count, ticks) =>
    expect(roundTicks(total, count)).toEqual(ticks),
  );
});

test('OTLP JSON has nanoseconds as text, typed values, and one resource per service', () => {
  const spans = [
    span('00f067aa0ba902b7', '', NOW + 0.25, {
      kind: 'server',
      attributes: { n: 1, x: 0.5, b: true, t: 'a', l: ['a', 'b'] },
    }),
    span('00f067aa0ba902b8', '00f067aa0ba902b7', NOW, {
      service: 'worker',
      status: 'error',
      statusMessage: 'no',
    }),
  ];
  const trace = { head: { id: '4bf92f3577b34da6a3ce929d0e0e4736' }, spans } as unknown as Trace;
  const { resourceSpans } = toOtlp(trace);

  expect(resourceSpans.map(({ resource }) => resource.attributes[0]?.value)).toEqual([
    { stringValue: 's' },
    { stringValue: 'worker' },
  ]);
  const [first, second] = resourceSpans.map(({ scopeSpans }) => scopeSpans[0]?.spans[0]);
  expect(first).toMatchObject({
    kind: 2,
    startTimeUnixNano: '1795000000000250000',
    endTimeUnixNano: '1795000000001250000',
  });
  expect(first?.attributes).toEqual([
    { key: 'n', value: { intValue: '1' } },
    { key: 'x', value: { doubleValue: 0.5 } },
    { key: 'b', value: { boolValue: true } },
    { key: 't', value: { stringValue: 'a' } },
    { key: 'l', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
  ]);
  expect(second?.status).toEqual({ code: 2, message: 'no' });
  expect(toTraceparent('t', 's')).toBe('00-t-s-01');
});

describe('memory at an OOM', () => {
  const oom = {
    requested: 2499,
    free: 1341,
    total: 81_559,
    reservedUnused: 6349,
    processes: [
      { pid: 1, worker: 'w-4', memory: 8902 },
      { pid: 2, worker: 'w-3', memory: 64_000 },
    ],
  };

  test('adds up to the memory of the device, the process that asked first', () => {
    const parts = memoryParts(oom, 'w-3');
    expect(parts.map(({ label }) => label)).toEqual([
      'w-3, in use',
      'w-3, reserved but unused',
      'w-4',
      'not attributed',
      'free',
    ]);
    expect(parts.reduce((sum, { memory }) => sum + memory, 0)).toBe(81_559);
  });

  test('many processes are one part', () => {
    const processes = Array.from({ length: 50 }, (_, index) => ({ pid: index, memory: 100 }));
    expect(memoryParts({ processes }, undefined).at(-1)).toEqual({
      label: '42 more processes',
      memory: 4200,
      kind: 'other',
    });
  });

  test('what was not read is left out', () => {
    expect(memoryParts({ processes: [{ pid: 7 }] }, undefined)).toEqual([
      { label: 'pid 7', memory: 0, kind: 'process', process: { pid: 7 } },
    ]);
  });

  test('is fragmented only if more was unused than requested', () => {
    expect(isFragmented(oom)).toBe(true);
    expect(isFragmented({ ...oom, reservedUnused: 2499 })).toBe(false);
    expect(isFragmented({ processes: [] })).toBe(false);
  });
});

test('a report is Markdown that foreign text cannot break', () => {
  const detail: ErrorDetail = {
    head: {
      id: 'e',
      ts: NOW,
      kind: 'oom',
      type: 'torch.OutOfMemoryError',
      message: '```\n# not a heading',
      count: 2,
      firstSeen: NOW - 1000,
      worker: 'w|3',
    },
    occurrences: [],
    attributes: { 'a|b': '<script>\n' },
  };
  const report = errorReport(detail, undefined);
  expect(report).toContain('````\n```\n# not a heading\n````');
  expect(report).toContain('- Worker: w\\|3');
  expect(report).toContain('| a\\|b | \\<script\\> |');
});

test('the status of a GPU is its worst fault', () => {
  const info = {
    device: 'cuda:0',
    throttleReasons: ['sw_power_cap'],
    lastSeen: NOW,
    isLost: false,
    processes: [],
  };
  const oom = {
    id: 'e',
    ts: NOW - 41_000,
    kind: 'oom',
    type: 'oom',
    message: '',
    count: 1,
    firstSeen: NOW,
    device: 'cuda:0',
  };
  expect(gpuStatus(info, [], NOW, 1000)).toMatchObject({ level: 'warn', text: 'Power cap' });
  expect(gpuStatus(info, [oom], NOW, 1000)).toMatchObject({
    level: 'bad',
    text: 'Out of memory',
    age: '41 s ago',
  });
  expect(gpuStatus(info, [{ ...oom, device: 'cuda:1' }], NOW, 1000)?.level).toBe('warn');
  expect(gpuStatus({ ...info, isLost: true }, [oom], NOW, 1000)?.text).toBe('Lost');
  expect(gpuStatus(info, [], NOW + 14_000, 1000)).toMatchObject({
    level: 'stale',
    text: 'Last seen 14 s ago',
  });
  expect(gpuStatus({ ...info, throttleReasons: ['gpu_idle'] }, [], NOW, 1000)).toBeUndefined();
});

test('a breaker has segments for its states, and none for the time before it was known', () => {
  const transitions = [
    { ts: 50, state: 'closed' },
    { ts: 75, state: 'open' },
  ] as const;
  const breaker = {
    name: 'b',
    state: 'open',
    since: 75,
    rejected: 0,
    failures: 0,
    successes: 0,
    transitions,
  } as const;
  expect(breakerSegments(breaker, 0, 100)).toEqual([
    { state: 'closed', from: 0.5, to: 0.75 },
    { state: 'open', from: 0.75, to: 1 },
  ]);
  expect(breakerSegments(breaker, 80, 100)).toEqual([{ state: 'open', from: 0, to: 1 }]);
  expect(breakerSegments({ ...breaker, transitions: [] }, 0, 100)).toEqual([
    { state: 'open', from: 0.75, to: 1 },
  ]);
});

test('a search matches every word in name, text, trace and attributes, from a level on', () => {
  const row = (name: string, level: 'info' | 'warn' | 'error') => ({
    ts: 1,
    level,
    name,
    text: `Text of ${name}`,
    trace: 'abc',
    attributes: { pool: 'llm' },
  });
  const rows = [row('one', 'info'), row('two', 'error')];
  const names = (query: string, level: 'debug' | 'warn') =>
    searchEvents(rows, query, level).map(({ name }) => name);
  expect(names('', 'debug')).toEqual(['one', 'two']);
  expect(names('POOL=llm TWO', 'debug')).toEqual(['two']);
  expect(names('abc', 'warn')).toEqual(['two']);
  expect(names('three', 'debug')).toEqual([]);
});

test.each([
  ['#/trace/abc/def', { section: 'trace', id: 'abc', span: 'def' }],
  ['#/gpu/cuda:0', { section: 'gpu', id: 'cuda:0' }],
  ['#/gpu/cuda%3A0%20(lost)', { section: 'gpu', id: 'cuda:0 (lost)' }],
  ['#/events?q=oom%20x&range=1h', { section: 'events', query: { q: 'oom x', range: '1h' } }],
  ['#/breakers/llm', { section: 'breaker', id: 'llm' }],
  ['#/%E0%A4%A', { section: 'now' }],
  ['', { section: 'now' }],
])('reads the address %s', (hash, route) => expect(parseRoute(hash)).toMatchObject(route));

test.each([
  ['#/gpu/cuda:0?range=1h&at=1795000000000', '1h', 1_795_000_000_000],
  ['#/?range=2d&at=noon', undefined, undefined],
  ['#/?range=toString', undefined, undefined],
  ['#/', undefined, undefined],
])('reads range and moment of the address %s', (hash, range, moment) => {
  const route = parseRoute(hash);
  expect([rangeOf(route), momentOf(route)]).toEqual([range, moment]);
});

test('writes addresses that it reads', () => {
  for (const hash of ['#/trace/abc/def', '#/gpu/cuda:0', '#/events?q=oom', '#/'])
    expect(formatRoute(parseRoute(hash))).toBe(hash);
});

test('formats lengths of time and energy with few digits', () => {
  expect([0.0004, 0.4, 1.25, 508.4, 3420, 41_000, 125_000].map(formatDuration)).toEqual([
    '0 µs',
    '400 µs',
    '1.3 ms',
    '508 ms',
    '3.42 s',
    '41.0 s',
    '2 min',
  ]);
  expect([-5, 41_900, 240_000, 8_040_000, 3_600_000, 90_000_000].map(formatAge)).toEqual([
    '0 s',
    '41 s',
    '4 min',
    '2 h 14 min',
    '1 h',
    '1 d 1 h',
  ]);
  expect([2.25, 1655, 250_000, 2_210_000].map(formatJoules)).toEqual([
    '2.3 J',
    '1,655 J',
    '250 kJ',
    '2.21 MJ',
  ]);
});
