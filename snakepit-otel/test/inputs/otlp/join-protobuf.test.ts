import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { diag } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { randomFrom } from '../../../../test/helpers/random.js';
import { CallSpans } from '../../../src/inputs/otlp/call-spans.js';
import { joinProtobuf } from '../../../src/inputs/otlp/join-protobuf.js';
import { MalformedMessage } from '../../../src/inputs/protobuf.js';
import { encodeRequest, spansOf } from './spans-of.js';

const RECORDED = 'test/fixtures/snakepit-recordings/otlp';
const recorded = await Promise.all(
  ['00.bin', '01.bin', '02.bin'].map((name) => readFile(`${RECORDED}/${name}`)),
);

/** Ids by the contract: SHA-256 of "snakepit\0" and the correlation id. */
function idsOf(correlationId: string) {
  const digest = createHash('sha256').update(`snakepit\0${correlationId}`).digest('hex');
  return { traceId: digest.slice(0, 32), callSpanId: digest.slice(32, 48) };
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const correlation = (id: string) => attribute('snakepit.correlation_id', id);
const id = (number: number, bytes: number) =>
  Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex');
const requestOf = (...spans: object[]) =>
  encodeRequest({
    resourceSpans: [{ resource: { attributes: [attribute('service.name', 'a')] }, scopeSpans: [{ spans }] }],
  });
const span = (trace: number, number: number, parent: number, name: string, correlationId = '') => ({
  traceId: id(trace, 16),
  spanId: id(number, 8),
  ...(parent > 0 && { parentSpanId: id(parent, 8) }),
  name,
  kind: 1,
  attributes:
    correlationId === '' ? [] : [correlation(correlationId), attribute('snakepit.tool', 'x'.repeat(100))],
});

test.each([0, 2, 1].map((first) => [first]))(
  'recorded spans of Elixir and Python join, whichever comes first: %i',
  async (first) => {
    const order = [recorded[first], ...recorded.filter((_, index) => index !== first)] as Buffer[];
    const known = new CallSpans();
    const joined: ReturnType<typeof spansOf> = [];
    for (const body of order) joined.push(...spansOf((await joinProtobuf(body, known)).body));
    const before = order.flatMap((body) => spansOf(body));
    expect(joined.map(({ name, rest }) => ({ name, rest }))).toEqual(
      before.map(({ name, rest }) => ({ name, rest })),
    );
    for (const [index, { traceId, spanId, parentId, name, correlationId }] of joined.entries()) {
      const ids = idsOf(correlationId);
      expect(traceId).toBe(ids.traceId);
      if (name.startsWith('snakepit.grpc.execute.'))
        expect({ spanId, parentId }).toEqual({ spanId: ids.callSpanId, parentId: '' });
      else {
        expect(spanId).toBe(before[index]?.spanId);
        if (name === 'BridgeService/ExecuteTool') expect(parentId).toBe(ids.callSpanId);
      }
    }
    const calls = joined.filter(({ name }) => name.startsWith('snakepit.grpc.execute.'));
    expect(calls).toHaveLength(2);
    for (const { traceId } of calls)
      expect(
        joined
          .filter((each) => each.traceId === traceId)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['BridgeService/ExecuteTool', 'snakepit.grpc.execute.telemetry_demo']);
  },
);

test('a request that Elixir did not cause stays a root', async () => {
  const [body] = recorded as [Buffer];
  const joined = spansOf((await joinProtobuf(body, new CallSpans())).body);
  const root = joined.find(({ name }) => name === 'BridgeService/InitializeSession');
  expect(root?.parentId).toBe('');
  const ping = joined.find(({ name }) => name === 'HeartbeatClient/SendPing');
  expect(ping).toMatchObject({ traceId: root?.traceId, parentId: root?.spanId });
});

test('the bytes of spans without a correlation id do not change', async () => {
  const others = [span(1, 1, 0, 'GET /'), span(1, 2, 1, 'query')];
  const body = requestOf(...others);
  expect((await joinProtobuf(body, new CallSpans())).body).toBe(body);
  const mixed = requestOf(
    ...others,
    span(2, 3, 0, 'BridgeService/ExecuteTool', 'sp-1'),
    span(3, 4, 0, 'GET /b'),
  );
  const { body: joined, joined: count } = await joinProtobuf(mixed, new CallSpans());
  expect(count).toBe(1);
  for (const other of [...others, span(3, 4, 0, 'GET /b')]) {
    const bytes = requestOf(other).subarray(-20);
    expect(Buffer.from(joined).includes(bytes)).toBe(true);
  }
});

test('a correlation id that is a traceparent joins the trace of the caller', async () => {
  const caller = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const body = requestOf(
    span(1, 1, 0, 'snakepit.grpc.execute.embed', caller),
    span(2, 2, 0, 'BridgeService/ExecuteTool', caller),
    span(2, 3, 2, 'inference', caller),
  );
  expect(spansOf((await joinProtobuf(body, new CallSpans())).body)).toMatchObject([
    { traceId: 'a'.repeat(32), spanId: id(1, 8).toString('hex'), parentId: 'b'.repeat(16) },
    { traceId: 'a'.repeat(32), parentId: 'b'.repeat(16) },
    { traceId: 'a'.repeat(32), parentId: id(2, 8).toString('hex') },
  ]);
});

test('a warning says once that a caller was not sampled', async () => {
  const logged: string[] = [];
  const ignore = () => {};
  const warn = (...parts: unknown[]) => void logged.push(parts.join(' '));
  diag.setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore });
  onTestFinished(() => diag.disable());
  for (const flags of ['01', '00', '00'])
    await joinProtobuf(
      requestOf(
        span(1, 1, 0, 'BridgeService/ExecuteTool', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}`),
      ),
      new CallSpans(),
    );
  expect(logged.filter((line) => line.includes('not sampled'))).toHaveLength(1);
});

test('spans below a joined span join too, in any order', async () => {
  const body = requestOf(
    span(1, 4, 3, 'kernel'),
    span(1, 3, 2, 'inference'),
    span(1, 2, 1, 'BridgeService/ExecuteTool', 'sp-1'),
    span(1, 1, 0, 'rpc.server'),
    span(7, 9, 8, 'child of the call'),
    span(7, 8, 0, 'snakepit.grpc.execute.a', 'sp-2'),
  );
  const { traceId } = idsOf('sp-1');
  expect(spansOf((await joinProtobuf(body, new CallSpans())).body)).toMatchObject([
    { traceId, parentId: id(3, 8).toString('hex') },
    { traceId, parentId: id(2, 8).toString('hex') },
    { traceId, parentId: id(1, 8).toString('hex') },
    { traceId: id(1, 16).toString('hex'), parentId: '' },
    { traceId: idsOf('sp-2').traceId, parentId: idsOf('sp-2').callSpanId },
    { traceId: idsOf('sp-2').traceId, spanId: idsOf('sp-2').callSpanId },
  ]);
});

test('a call that is sent again has the same id, and a second call of the same correlation id another', async () => {
  const calls = new CallSpans();
  const first = span(1, 1, 0, 'snakepit.grpc.execute.a', 'sp-1');
  const second = span(2, 2, 0, 'snakepit.grpc.execute.a', 'sp-1');
  const { callSpanId } = idsOf('sp-1');
  const ids: (string | undefined)[] = [];
  for (const each of [first, second, first])
    ids.push(spansOf((await joinProtobuf(requestOf(each), calls)).body)[0]?.spanId);
  expect(ids).toEqual([callSpanId, id(2, 8).toString('hex'), callSpanId]);
});

test('a call that events report has one span', async () => {
  const calls = new CallSpans();
  const { traceId, callSpanId } = idsOf('sp-1');
  calls.report(callSpanId);
  const body = requestOf(
    span(1, 1, 0, 'snakepit.grpc.execute.a', 'sp-1'),
    span(1, 2, 1, 'below'),
    span(3, 3, 0, 'BridgeService/ExecuteTool', 'sp-1'),
  );
  const joined = await joinProtobuf(body, calls);
  expect(joined).toMatchObject({ spans: 2, joined: 2, repeated: 1 });
  expect(spansOf(joined.body)).toMatchObject([
    { name: 'below', traceId, parentId: callSpanId },
    { name: 'BridgeService/ExecuteTool', traceId, parentId: callSpanId },
  ]);
});

test('hostile bytes are refused or kept, and never change spans without a correlation id', async () => {
  const random = randomFrom(7);
  const integer = (below: number) => Math.floor(random() * below);
  const valid = requestOf(span(1, 1, 0, 'a', 'sp-1'), span(2, 2, 1, 'b'));
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(valid);
    for (let change = 0; change < 3; change++) bytes[integer(bytes.length)] = integer(256);
    try {
      await joinProtobuf(bytes.subarray(0, integer(bytes.length + 1)), new CallSpans());
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
});

test('a chain of many spans takes linear time', async () => {
  const chain = Array.from({ length: 50_000 }, (_, index) => span(1, index + 1, index + 2, 'a'));
  const { joined } = await joinProtobuf(requestOf(...chain, span(2, 1, 0, 'x', 'sp-1')), new CallSpans());
  expect(joined).toBe(1);
});

test('a span without a trace id is below no span, whatever its parent id is', async () => {
  const odd = { ...span(1, 2, 0, 'odd'), traceId: Buffer.alloc(0) };
  const parentSpanId = Buffer.concat([id(1, 16), id(1, 8)]);
  const body = requestOf(span(1, 1, 0, 'BridgeService/ExecuteTool', 'sp-1'), { ...odd, parentSpanId });
  expect(spansOf((await joinProtobuf(body, new CallSpans())).body)).toMatchObject([
    { traceId: idsOf('sp-1').traceId },
    { name: 'odd', traceId: '', parentId: parentSpanId.toString('hex') },
  ]);
});
