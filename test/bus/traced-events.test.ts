import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  channelOf,
  execute,
  isObserved,
  publish,
  publishUntraced,
  subscribe,
  subscribeToTraced,
} from '../../src/bus/bus.js';
import { attach, detach, SnakepitInstrumentation } from '../../src/index.js';
import { recordRuns } from '../../src/instrumentations/onnxruntime/runs.js';

const NAME = 'snakepit.inference.start';
const MEASUREMENTS = { system_time: 1 };
const METADATA = { model: 'm', provider: 'cpu' };
const EVENT = { name: NAME, measurements: MEASUREMENTS, metadata: METADATA };

/** Receives the event as a handler, as a recorder, and as a recorder of traces. */
function receivers() {
  const [handler, recorder, tracer] = [vi.fn(), vi.fn(), vi.fn()];
  attach('traced-events', NAME, handler);
  onTestFinished(() => void detach('traced-events'));
  onTestFinished(subscribe(NAME, recorder));
  onTestFinished(subscribeToTraced(NAME, tracer));
  return { handler, recorder, tracer };
}

test.for<[string, () => void]>([
  ['execute()', () => execute(NAME, MEASUREMENTS, METADATA)],
  ['publish()', () => publish(channelOf(NAME), NAME, MEASUREMENTS, METADATA)],
])('an event of %s reaches handlers, recorders and those of traces, once each', ([, publishIt]) => {
  const { handler, recorder, tracer } = receivers();
  publishIt();
  for (const receive of [handler, recorder, tracer]) {
    expect(receive).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(EVENT));
  }
});

test('an event of an operation that records itself on its span reaches all but recorders of traces', () => {
  const { handler, recorder, tracer } = receivers();
  publishUntraced(channelOf(NAME), MEASUREMENTS, METADATA);
  for (const receive of [handler, recorder]) {
    expect(receive).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(EVENT));
  }
  expect(tracer).not.toHaveBeenCalled();
});

test('an event is observed, but not by handlers, while a recorder of traces receives it alone', () => {
  const channel = channelOf(NAME);
  expect(isObserved(channel, NAME)).toBe(false);
  const tracer = vi.fn();
  const unsubscribe = subscribeToTraced(NAME, tracer);
  expect(channel.hasSubscribers).toBe(false);
  expect(isObserved(channel, NAME)).toBe(true);
  expect(isObserved(channelOf('snakepit.inference.stop'), 'snakepit.inference.stop')).toBe(false);
  execute(NAME, MEASUREMENTS, METADATA);
  expect(tracer).toHaveBeenCalledOnce();
  unsubscribe();
  expect(isObserved(channel, NAME)).toBe(false);
  execute(NAME, MEASUREMENTS, METADATA);
  expect(tracer).toHaveBeenCalledOnce();
});

test('one of two recorders of traces that stops leaves the events to the other', () => {
  const [one, other] = [vi.fn(), vi.fn()];
  const unsubscribe = subscribeToTraced(NAME, one);
  onTestFinished(subscribeToTraced(NAME, other));
  unsubscribe();
  execute(NAME, MEASUREMENTS, METADATA);
  expect(one).not.toHaveBeenCalled();
  expect(other).toHaveBeenCalledOnce();
});

test('a recorder of traces that throws, or whose event is published inside of it, harms nobody', () => {
  const { handler } = receivers();
  const calls = vi.fn(() => {
    execute(NAME, MEASUREMENTS, METADATA);
    throw new Error('broken recorder');
  });
  onTestFinished(subscribeToTraced(NAME, calls));
  expect(() => execute(NAME, MEASUREMENTS, METADATA)).not.toThrow();
  expect(calls).toHaveBeenCalledOnce();
  expect(handler).toHaveBeenCalledTimes(2);
});

test('with an SDK for traces alone, a run of a model makes its span, and builds no event', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const instrumentation = new SnakepitInstrumentation();
  instrumentation.setTracerProvider(provider);
  onTestFinished(async () => {
    instrumentation.disable();
    context.disable();
    await provider.shutdown();
  });
  class InferenceSession {
    async run() {
      return {};
    }
  }
  onTestFinished(recordRuns(InferenceSession));
  const channel = channelOf(NAME);
  const built = vi.spyOn(channel, 'publish');
  const restore = () => {
    built.mockRestore();
    // Node replaces the prototype of a channel that gets subscribers.
    Reflect.deleteProperty(channel, 'publish');
  };
  onTestFinished(restore);

  expect(channel.hasSubscribers).toBe(false);
  expect(isObserved(channel, NAME)).toBe(true);
  const request = provider.getTracer('host').startSpan('request');
  await context.with(trace.setSpan(context.active(), request), () => new InferenceSession().run());
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['inference unknown']);
  expect(built).not.toHaveBeenCalled();

  restore();
  const handler = vi.fn();
  attach('traced-events', NAME, handler);
  onTestFinished(() => void detach('traced-events'));
  await context.with(trace.setSpan(context.active(), request), () => new InferenceSession().run());
  expect(handler).toHaveBeenCalledOnce();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([
    'inference unknown',
    'inference unknown',
  ]);
});
