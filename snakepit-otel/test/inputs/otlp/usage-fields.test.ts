import { hostname } from 'node:os';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { gpuUsageTracker } from '../../../../src/gpu/usage/gpu-usage-tracker.js';
import { gpu } from '../../../../test/helpers/fixtures.js';
import { CallSpans } from '../../../src/inputs/otlp/call-spans.js';
import { joinJson } from '../../../src/inputs/otlp/join-json.js';
import { joinProtobuf } from '../../../src/inputs/otlp/join-protobuf.js';
import { readForSpans } from '../../../src/inputs/otlp/span-usage.js';
import { forEachField, type LengthField, MalformedMessage } from '../../../src/inputs/protobuf.js';
import { encodeRequest, spansOf } from './spans-of.js';

vi.mock('../../../../src/system/host-namespace.js', () => ({ isInHostPidNamespace: () => true }));
vi.mock('../../../src/inputs/otlp/resource-process.js', async (original) => {
  const { resourceProcess } = await original<typeof import('../../../src/inputs/otlp/resource-process.js')>();
  return {
    // As if the host had a name of its own.
    resourceProcess: (values: Record<string, string | number>) =>
      values['host.name'] === 'here' && values['process.pid'] === process.pid
        ? { pid: process.pid }
        : resourceProcess(values),
  };
});

const UUID = 'GPU-00000000-1111-2222-3333-444444444444';
const tracker = gpuUsageTracker();
let start = 0n;
let end = 0n;
/** Records readings of the last five seconds. */
function measure(): void {
  onTestFinished(tracker.attach(() => undefined));
  const now = performance.now();
  setTimes();
  for (let ago = 5000; ago >= 0; ago -= 1000)
    tracker.record(
      [
        gpu(0, {
          uuid: UUID,
          memoryUsedMib: 5000.5 - ago,
          watts: 100,
          processes: [{ pid: process.pid }, { pid: 1 }],
        }),
      ],
      now - ago,
    );
}
/** Sets a span that three of the readings are in or after. */
function setTimes(): void {
  end = BigInt(Date.now() - 1500) * 1_000_000n;
  start = end - 2_000_000_000n;
}
beforeEach(setTimes);

const attributesOf = (values: Record<string, string | number>) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
const HERE = { 'process.pid': process.pid, 'process.parent_pid': process.ppid, 'host.name': 'here' };
const request = (resource: Record<string, string | number>, ...spans: Record<string, string | number>[]) => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [
        {
          spans: spans.map((values, index) => ({
            traceId: Buffer.alloc(16, index + 1),
            spanId: Buffer.alloc(8, index + 1),
            name: `span ${index}`,
            startTimeUnixNano: String(start),
            endTimeUnixNano: String(end),
            attributes: attributesOf(values),
          })),
        },
      ],
    },
  ],
});
const joined = (body: Buffer) => joinProtobuf(body, new CallSpans());
const jsonOf = (message: object) =>
  Buffer.from(
    JSON.stringify(message, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value).toString('hex') : value,
    ),
  );
const jsonSpans = (text: string) =>
  JSON.parse(text).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: object[] }[] }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );

/** Reads the bytes of each span of a request. */
function spanBytes(body: Uint8Array): Buffer[] {
  const bytes = Buffer.from(body);
  const spans: Buffer[] = [];
  const within = (number: number, visit: (field: LengthField) => void) => (field: LengthField) => {
    if (field.number === number) visit(field);
  };
  const each = (visit: (field: LengthField) => void) => (field: LengthField) =>
    forEachField(bytes, field, visit);
  forEachField(
    bytes,
    { start: 0, end: bytes.length },
    within(
      1,
      each(within(2, each(within(2, ({ start: from, end: to }) => spans.push(bytes.subarray(from, to)))))),
    ),
  );
  return spans;
}

const USAGE = [
  { key: 'snakepit.gpu.device', value: { stringValue: 'cuda:0' } },
  { key: 'snakepit.gpu.samples', value: { intValue: '3' } },
  { key: 'snakepit.gpu.memory.peak_mb', value: { doubleValue: 4000.5 } },
  { key: 'snakepit.gpu.memory.delta_mb', value: { intValue: '2000' } },
  // 100 W for 2 s, an integer or nearly so.
  { key: 'snakepit.gpu.energy.joules', value: expect.anything() },
  { key: 'snakepit.gpu.shared', value: { boolValue: true } },
];

const joulesIn = (attributes: readonly { key: string; value?: Record<string, unknown> }[]) => {
  const { value } = attributes.find(({ key }) => key === 'snakepit.gpu.energy.joules') ?? {};
  return Number(value?.intValue ?? value?.doubleValue);
};

test('usage is added at the end of a span, and all other bytes stay as they are', async () => {
  measure();
  const other = { 'process.pid': process.pid, 'process.parent_pid': process.ppid, 'host.name': 'elsewhere' };
  const has = { 'snakepit.gpu.device': 'cuda:7' };
  const body = Buffer.concat([
    encodeRequest(request(other, { n: 1 })),
    encodeRequest(request(HERE, { n: 2 }, { n: 3, 'snakepit.correlation_id': 'sp-1' }, has)),
  ]);
  const result = await joined(body);
  expect(result).toMatchObject({ spans: 4, joined: 1 });
  const [before, after] = [spanBytes(body), spanBytes(result.body)];
  expect(after[0]).toEqual(before[0]);
  expect(after[3]).toEqual(before[3]);
  expect(after[1]?.subarray(0, before[1]?.length)).toEqual(before[1]);
  const spans = spansOf(result.body).map(
    ({ rest }) => (rest as { attributes: { key: string }[] }).attributes,
  );
  expect(spans[1]).toEqual([...attributesOf({ n: 2 }), ...USAGE]);
  expect(spans[2]).toEqual([...attributesOf({ n: 3, 'snakepit.correlation_id': 'sp-1' }), ...USAGE]);
  expect(joulesIn(spans[1] ?? [])).toBeCloseTo(200, 3);
});

test('usage is the same in JSON', async () => {
  measure();
  const message = request(HERE, { n: 2 }, { 'snakepit.gpu.samples': 1 });
  const [first, second] = jsonSpans(
    Buffer.from((await joinJson(jsonOf(message), new CallSpans())).body).toString(),
  );
  expect(first.attributes).toEqual([...attributesOf({ n: 2 }), ...USAGE]);
  expect(joulesIn(first.attributes)).toBeCloseTo(200, 3);
  expect(second.attributes).toEqual(attributesOf({ 'snakepit.gpu.samples': 1 }));
});

test('the UUID of a GPU determines it, on a span or its resource, in whatever container the process is', async () => {
  measure();
  const container = { 'process.pid': 7, 'container.id': 'c'.repeat(64) };
  for (const [resource, span, has] of [
    [{ ...container, 'snakepit.device': UUID }, {}, true],
    [container, { 'snakepit.device': UUID }, true],
    [container, { 'snakepit.device': 'cuda:0' }, false],
    [container, {}, false],
  ] as const) {
    const message = request(resource, span);
    const [protobuf] = spansOf((await joined(encodeRequest(message))).body);
    expect(JSON.stringify(protobuf?.rest).includes('snakepit.gpu.samples')).toBe(has);
    const json = Buffer.from((await joinJson(jsonOf(message), new CallSpans())).body).toString();
    expect(json.includes('snakepit.gpu.samples')).toBe(has);
  }
});

test('a reading is taken for the spans of a request that may have usage, and no other request waits', async () => {
  let samples = 0;
  const readAll = async () => {
    samples++;
    measure();
  };
  await readForSpans(encodeRequest(request(HERE)));
  onTestFinished(tracker.attach(readAll));
  measure();
  const read = async (resource: Record<string, string | number>) => {
    await readForSpans(encodeRequest(request(resource, {})));
    return samples;
  };
  expect([await read({ n: 1 }), await read(HERE), await read({ 'snakepit.device': UUID })]).toEqual([
    0, 1, 2,
  ]);
});

test('a driver that hangs delays a request for a quarter of a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  onTestFinished(tracker.attach(() => new Promise<never>(() => {})));
  measure();
  let isRead = false;
  const reading = readForSpans(encodeRequest(request(HERE))).then(() => {
    isRead = true;
  });
  await vi.advanceTimersByTimeAsync(249);
  expect(isRead).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await reading;
  expect(isRead).toBe(true);
});

test('without a profiler, or a span’s times, a body is the same object', async () => {
  const body = encodeRequest(request(HERE, { n: 1 }));
  expect((await joined(body)).body).toBe(body);
  measure();
  expect((await joined(body)).body).not.toBe(body);
  for (const times of [
    [0n, 0n],
    [end, start],
    [start, 0n],
    [start, end + 3_600_000_000_000n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
  ]) {
    [start = 0n, end = 0n] = times;
    const odd = encodeRequest(request(HERE, { n: 1 }));
    expect((await joined(odd)).body).toBe(odd);
  }
});

test('hostile requests are refused or pass, and cost no more than others', async () => {
  measure();
  const body = encodeRequest(request(HERE, { n: 1 }));
  for (let at = 0; at < body.length; at++)
    for (const value of [0, 0x7f, 0xff]) {
      const bytes = Buffer.from(body);
      bytes[at] = value;
      try {
        await joined(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }
  const odd = [null, 1, 'a', [], {}, [null], [{ key: 1 }], [{ key: 'process.pid', value: null }]];
  for (const attributes of odd)
    for (const resource of [...odd, { attributes }])
      await expect(
        joinJson(
          jsonOf({
            resourceSpans: [{ resource, scopeSpans: [{ spans: [{ attributes, startTimeUnixNano: {} }] }] }],
          }),
          new CallSpans(),
        ),
      ).resolves.toBeDefined();
  expect(hostname()).not.toBe('here');
});

test('a request of many long spans, in either encoding, leaves turns to the event loop', async () => {
  measure();
  const spans = Array.from({ length: 2000 }, (_, n) => ({ n }));
  const message = request(HERE, ...spans);
  for (const join of [
    () => joined(encodeRequest(message)),
    () => joinJson(jsonOf(message), new CallSpans()),
  ]) {
    let turns = 0;
    let isJoined = false;
    const countTurn = () => {
      turns++;
      if (!isJoined) setImmediate(countTurn);
    };
    const joining = join().then((result) => {
      isJoined = true;
      return result;
    });
    setImmediate(countTurn);
    const { body } = await joining;
    // Each turn ends after a quarter of a millisecond: 2000 spans take several on any machine.
    expect(turns).toBeGreaterThan(3);
    expect(Buffer.from(body).toString('latin1').split('snakepit.gpu.samples')).toHaveLength(2001);
  }
});
