import { channel } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseWireLine } from '../../src/bridge/parse-line.js';
import { publishWireEvent } from '../../src/bridge/wire-event.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';

/** Publishes a line, and returns the event that arrives under `name`. */
function received(name: string, wire: unknown, producer?: string): AnyEvent | undefined {
  const events: AnyEvent[] = [];
  const unsubscribe = subscribe(name, (event) => events.push(event));
  try {
    expect(publishWireEvent(wire, producer)).toBe('accepted');
  } finally {
    unsubscribe();
  }
  expect(events.length).toBeLessThanOrEqual(1);
  return events[0];
}

/** Parses and publishes a line of text. */
const receivedLine = (name: string, line: string): AnyEvent | undefined => {
  const parsed = parseWireLine(line);
  return received(name, 'wire' in parsed ? parsed.wire : undefined);
};

const DONE = 'snakepit.python.wire_test.done';
/** Metadata of an event that is not in the catalog. */
const metadataOf = (metadata: object, name = DONE) => received(name, { event: name, metadata })?.metadata;
const measurementsOf = (measurements: object) => received(DONE, { event: DONE, measurements })?.measurements;

test("publishes a line of Snakepit's stderr backend as the event of the catalog", () => {
  const line =
    '{"event": "tool.execution.stop", "measurements": {"duration": 100980}, "metadata": {"tool": "t", "n": 1, "none": null}, "timestamp_ns": 1795695548973168217, "correlation_id": "sp-1"}';
  expect(receivedLine('snakepit.python.tool.execution.stop', line)).toEqual({
    name: 'snakepit.python.tool.execution.stop',
    measurements: { duration: 100_980 },
    metadata: { tool: 't', n: 1, correlation_id: 'sp-1' },
    span: undefined,
    remote: { timestampNs: Number('1795695548973168217'), traceparent: undefined, producer: undefined },
  });
});

describe('names', () => {
  test.each([
    ['snakepit.grpc_worker.execute.stop', 'snakepit.grpc_worker.execute.stop'],
    ['python.call.start', 'snakepit.python.call.start'],
    ['python.call.stop', 'snakepit.python.call.stop'],
    ['python.call.exception', 'snakepit.python.call.exception'],
    ['tool.execution.start', 'snakepit.python.tool.execution.start'],
    ['tool.execution.stop', 'snakepit.python.tool.execution.stop'],
    ['tool.execution.exception', 'snakepit.python.tool.execution.exception'],
    ['tool.result_size', 'snakepit.python.tool.result_size'],
    ['python.memory.sampled', 'snakepit.python.memory.sampled'],
    ['python.cpu.sampled', 'snakepit.python.cpu.sampled'],
    ['python.gc.completed', 'snakepit.python.gc.completed'],
    ['python.error.occurred', 'snakepit.python.error.occurred'],
    ['inference.start', 'snakepit.python.inference.start'],
    ['snakepit.newer_release.event', 'snakepit.newer_release.event'],
    ['a.b.c.d.e.f.g.h', 'snakepit.python.a.b.c.d.e.f.g.h'],
  ])('%s is %s', (wireName, name) => {
    expect(received(name, { event: wireName })?.name).toBe(name);
  });

  test.each([
    '.',
    'a..b',
    'a.',
    'Žluť',
    'Upper.Case',
    'a-b',
    'a.b.c.d.e.f.g.h.i',
    '__proto__.x y',
    'x'.repeat(129),
    5,
    {},
  ])('%s is refused', (event) => {
    expect(publishWireEvent({ event })).toBe('event_name_invalid');
  });

  test.each([undefined, null, ''])('an event named %s is missing', (event) => {
    expect(publishWireEvent({ event })).toBe('event_missing');
  });

  test('of reports of this package about itself are refused', () => {
    expect(publishWireEvent({ event: 'snakepit.telemetry.event.invalid', measurements: { count: 1 } })).toBe(
      'event_reserved',
    );
  });
});

describe('values', () => {
  test('of measurements become finite numbers', () => {
    expect(
      measurementsOf({
        integer: 5,
        fraction: 0.5,
        yes: true,
        no: false,
        text: '1.5e3',
        big: 2 ** 70,
        bigint: 2n ** 60n,
        nan: Number.NaN,
        infinite: Number.NEGATIVE_INFINITY,
        infinite_text: '1e999',
        none: null,
        none_text: 'None',
        hex: '0x10',
        empty: '',
        list: [1],
        map: {},
      }),
    ).toEqual({ integer: 5, fraction: 0.5, yes: 1, no: 0, text: 1500, big: 2 ** 70, bigint: 2 ** 60 });
  });

  test('of metadata keep their type, lists and maps become text, and null drops the key', () => {
    expect(
      metadataOf({
        text: 'a',
        number: 1.5,
        flag: true,
        nothing: null,
        not_a_number: Number.NaN,
        list: [1, 'b', null],
        map: { a: { b: 1 } },
        module: 'Elixir.Snakepit.Pool',
        device: '{:cuda, 0}',
      }),
    ).toEqual({
      text: 'a',
      number: 1.5,
      flag: true,
      list: '[1,"b",null]',
      map: '{"a":{"b":1}}',
      module: 'Snakepit.Pool',
      device: 'cuda:0',
    });
  });

  test.each([
    ['{:cuda, 0}', 'cuda:0'],
    [['cuda', 1], 'cuda:1'],
    [[':rocm', 2], 'rocm:2'],
    ['{:mps, 0}', 'mps'],
    [':cpu', 'cpu'],
    ['cuda:3', 'cuda:3'],
    ['GPU-8f3d', 'GPU-8f3d'],
  ])('of devices: %j is %s', (device, expected) => {
    expect(metadataOf({ device }, 'snakepit.error.oom')?.device).toBe(expected);
  });

  test('of declared keys take the type that the catalog declares', () => {
    const metadata = { python_pid: '4711', success: 'True', worker_id: '17' };
    expect(metadataOf(metadata, 'snakepit.python.call.stop')?.python_pid).toBe(4711);
    expect(metadataOf(metadata, 'snakepit.request.executed')).toMatchObject({
      success: true,
      worker_id: '17',
    });
    expect(metadataOf({ expected: [1, 'n'], got: [2] }, 'snakepit.error.shape_mismatch')).toEqual({
      expected: [1, 'n'],
      got: [2],
    });
  });
});

describe('limits', () => {
  test.each([
    ['ASCII', 'x'.repeat(5000), 1024, 4096],
    ['two bytes each', 'é'.repeat(5000), 512, 2048],
    ['pairs of surrogates', '🐍'.repeat(5000), 512, 2048],
  ])('cut texts to 1 KiB, and texts of errors to 4 KiB: %s', (_, text, length, errorLength) => {
    const metadata = metadataOf({ note: text, error_message: text }, 'snakepit.python.limits.exception');
    expect(metadata?.note).toHaveLength(length);
    expect(metadata?.error_message).toHaveLength(errorLength);
    expect(String(metadata?.note).isWellFormed()).toBe(true);
    expect(metadataOf({ error: text }, 'snakepit.grpc_worker.execute.stop')?.error).toHaveLength(errorLength);
  });

  test('drop a key of more than 128 characters', () => {
    expect(metadataOf({ ['k'.repeat(128)]: 1, ['k'.repeat(129)]: 2 })).toEqual({ ['k'.repeat(128)]: 1 });
  });

  test('refuse an event of more than 64 keys', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    expect(publishWireEvent({ event: DONE, measurements: keys(4), metadata: keys(60) })).toBe('accepted');
    expect(publishWireEvent({ event: DONE, measurements: keys(5), metadata: keys(60) })).toBe(
      'too_many_keys',
    );
  });

  test.each([
    ['not_an_object', undefined],
    ['not_an_object', []],
    ['not_an_object', 'text'],
    ['measurements_invalid', { event: DONE, measurements: [] }],
    ['metadata_invalid', { event: DONE, metadata: 'text' }],
    ['producer_invalid', { event: DONE, producer: 'p'.repeat(65) }],
    ['producer_invalid', { event: DONE, producer: 5 }],
    [
      'unreadable',
      {
        get event() {
          throw new Error('no');
        },
      },
    ],
  ])('refuse as %s', (refusal, wire) => {
    expect(publishWireEvent(wire)).toBe(refusal);
  });

  test('a key `__proto__` changes no prototype', () => {
    const event = receivedLine(
      DONE,
      `{"event":"${DONE}","measurements":{"__proto__":1},"metadata":{"__proto__":{"admin":true},"constructor":1}}`,
    );
    expect(event?.metadata).toEqual({ constructor: 1 });
    expect(Object.getPrototypeOf(event?.metadata)).toBe(Object.prototype);
    expect(event?.metadata).not.toHaveProperty('admin');
  });
});

describe('origin', () => {
  const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const originOf = (wire: object, producer?: string) =>
    received(DONE, { event: DONE, ...wire }, producer)?.remote;

  test('is always present', () => {
    expect(originOf({})).toEqual({});
  });

  test.each([
    [Number('1795695548973168217'), Number('1795695548973168217')],
    ['1795695548973168217', 1795695548973168217n],
    [1795695548973168217n, 1795695548973168217n],
    [-1, undefined],
    [2 ** 70, undefined],
    ['soon', undefined],
    ['9'.repeat(20), undefined],
    [Number.NaN, undefined],
  ])('has the time of the event: %s', (timestamp_ns, timestampNs) => {
    expect(originOf({ timestamp_ns })?.timestampNs).toBe(timestampNs);
  });

  test('of an event that Snakepit relays has the time of the event, not that of the relay', () => {
    const stop = { event: 'tool.execution.stop', timestamp_ns: 2000, metadata: { timestamp_ns: 1000 } };
    const event = received('snakepit.python.tool.execution.stop', stop);
    expect(event?.remote?.timestampNs).toBe(1000);
    expect(event?.metadata).toEqual({});
    expect(originOf({ timestamp_ns: 2000, metadata: { timestamp_ns: 1000 } })?.timestampNs).toBe(2000);
  });

  test.each([
    [TRACEPARENT, TRACEPARENT],
    [`${TRACEPARENT}-more`, undefined],
    [`01${TRACEPARENT.slice(2)}-more`, `01${TRACEPARENT.slice(2)}-more`],
    [TRACEPARENT.replace(/^00/, 'ff'), undefined],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
    [`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, undefined],
    [TRACEPARENT.toUpperCase(), undefined],
    [5, undefined],
  ])('has a valid traceparent: %s', (traceparent, expected) => {
    expect(originOf({ traceparent })?.traceparent).toBe(expected);
    const inMetadata = received(DONE, { event: DONE, metadata: { traceparent } });
    expect(inMetadata?.remote?.traceparent).toBe(expected);
    expect(inMetadata?.metadata).toEqual({});
  });

  test('has the producer of the event, or else that of the stream', () => {
    expect(originOf({ producer: 'own' }, 'stream')?.producer).toBe('own');
    expect(originOf({}, 'stream')?.producer).toBe('stream');
  });

  test.each([
    ['top', 'inner', 'top'],
    ['', 'inner', 'inner'],
    [null, 'inner', 'inner'],
    ['', '', undefined],
    [undefined, undefined, undefined],
    [17, undefined, '17'],
  ])(
    'a correlation id %j counts before that of the metadata %j unless it is empty',
    (top, inner, expected) => {
      const event = received(DONE, { event: DONE, correlation_id: top, metadata: { correlation_id: inner } });
      expect(event?.metadata).toEqual(expected === undefined ? {} : { correlation_id: expected });
    },
  );
});

test('the pool of a worker has the name that the pool reports, whatever its other events call it', () => {
  const poolOf = (event: string, metadata: object) => received(event, { event, metadata })?.metadata;
  const worker_id = 'vision_worker_1_690';
  const module = 'Elixir.Snakepit.Pool';
  expect(poolOf('snakepit.pool.worker.spawned', { pool_name: module, worker_id })?.pool_name).toBe(
    'Snakepit.Pool',
  );
  poolOf('snakepit.pool.worker_ready', { pool_name: 'vision', worker_id });
  expect(poolOf('snakepit.pool.worker.spawned', { pool_name: module, worker_id })?.pool_name).toBe('vision');
  expect(poolOf('snakepit.grpc_worker.execute.start', { pool: module, worker_id })?.pool).toBe('vision');
  expect(poolOf('snakepit.python.call.stop', { worker_id })).toEqual({ worker_id });
  expect(poolOf('snakepit.python.call.stop', { pool_name: module, worker_id: 'w' })?.pool_name).toBe(
    'Snakepit.Pool',
  );
});

test.each([
  ['snakepit.pool.call.dispatched', { queued: false }],
  ['snakepit.request.executed', { success: true }],
])('%s names the pool of a worker that was ready before', (event, metadata) => {
  const worker_id = `audio_worker_2_${event.length}`;
  received(event, { event, metadata: { ...metadata, pool: 'audio', worker_id } });
  const stop = { event: 'tool.execution.stop', metadata: { pool_name: 'Elixir.Snakepit.Pool', worker_id } };
  expect(received('snakepit.python.tool.execution.stop', stop)?.metadata.pool_name).toBe('audio');
});

test('the pools of the latest 10,000 workers are remembered', () => {
  const ready = (i: number) =>
    publishWireEvent({
      event: 'snakepit.pool.worker_ready',
      metadata: { pool_name: 'many', worker_id: `many_worker_${i}` },
    });
  for (let i = 0; i <= 10_000; i++) expect(ready(i)).toBe('accepted');
  const poolOf = (i: number) =>
    received(DONE, { event: DONE, metadata: { pool: 'module', worker_id: `many_worker_${i}` } })?.metadata
      .pool;
  expect([poolOf(0), poolOf(1), poolOf(10_000)]).toEqual(['module', 'many', 'many']);
});

test('an event that nobody receives is checked all the same', () => {
  expect(channel('snakepit.python.unobserved').hasSubscribers).toBe(false);
  expect(publishWireEvent({ event: 'unobserved' })).toBe('accepted');
  expect(publishWireEvent({ event: 'unobserved', metadata: 5 })).toBe('metadata_invalid');
});

test('the published object is not modified', () => {
  const wire = Object.freeze({
    event: 'tool.execution.stop',
    metadata: Object.freeze({ device: '{:cuda, 0}', correlation_id: 'a' }),
  });
  onTestFinished(subscribe('snakepit.python.tool.execution.stop', () => {}));
  expect(publishWireEvent(wire)).toBe('accepted');
});

test.each([[{ toString: 1, valueOf: 1 }], [JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)]])(
  'a device, a time or an id that is no text costs its key only, case %#',
  (value) => {
    const event = received('snakepit.error.oom', {
      event: 'snakepit.error.oom',
      metadata: { device: [value, 0], device_id: 3 },
      timestamp_ns: value,
      correlation_id: value,
      traceparent: value,
    });
    expect(event?.metadata.device_id).toBe(3);
    expect(event?.remote).toEqual({ timestampNs: undefined, traceparent: undefined, producer: undefined });
  },
);
