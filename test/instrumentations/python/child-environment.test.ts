import { createTraceState, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withSpanContext } from '../../../src/instrumentations/python/child-environment.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const REQUEST = '00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01';
const OTHER_TRACE = '00-11111111111111111111111111111111-1111111111111111-01';
const span = trace.wrapSpanContext(SPAN);

beforeEach(() => void instrumentedHost());
afterEach(() => vi.unstubAllEnvs());

test('the context of the span is added to the environment, which stays as it is', () => {
  const pairs = Object.freeze(['A=1', 'TRACEPARENTS=x', 'B=a=b']);
  expect(withSpanContext(pairs, span)).toEqual([
    ...pairs,
    `SNAKEPIT_CORRELATION_ID=${TRACEPARENT}`,
    `TRACEPARENT=${TRACEPARENT}`,
  ]);
});

test('what this process inherited is replaced, also where the span has no trace state', () => {
  vi.stubEnv('TRACEPARENT', OTHER_TRACE);
  vi.stubEnv('TRACESTATE', 'old=1');
  vi.stubEnv('SNAKEPIT_CORRELATION_ID', 'sp-old');
  const inherited = [`TRACEPARENT=${OTHER_TRACE}`, 'TRACESTATE=old=1', 'SNAKEPIT_CORRELATION_ID=sp-old'];
  expect(withSpanContext([...inherited, 'A=1'], span)).toEqual([
    'A=1',
    `SNAKEPIT_CORRELATION_ID=${TRACEPARENT}`,
    `TRACEPARENT=${TRACEPARENT}`,
  ]);
  const withState = trace.wrapSpanContext({ ...SPAN, traceState: createTraceState('new=2') });
  expect(withSpanContext(inherited, withState)).toContain('TRACESTATE=new=2');
});

test('a span around that the host names itself becomes the parent of the parent, and its correlation id stays', () => {
  const own = [`SNAKEPIT_CORRELATION_ID=${REQUEST}`, `TRACEPARENT=${REQUEST}`];
  expect(withSpanContext(own, span)).toEqual([
    `SNAKEPIT_CORRELATION_ID=${REQUEST}`,
    `TRACEPARENT=${TRACEPARENT}`,
  ]);
});

test('an environment that the host puts into another trace stays as it is', () => {
  expect(withSpanContext([`TRACEPARENT=${OTHER_TRACE}`], span)).toBeUndefined();
});

test.for<[unknown]>([[undefined], ['A=1'], [[1]], [[null]]])(
  'an environment that is not a list of texts stays as it is: %j',
  ([pairs]) => {
    expect(withSpanContext(pairs, span)).toBeUndefined();
  },
);

test('without a span the environment stays as it is', () => {
  expect(withSpanContext([], trace.wrapSpanContext({ ...SPAN, traceId: '0'.repeat(32) }))).toBeUndefined();
});
