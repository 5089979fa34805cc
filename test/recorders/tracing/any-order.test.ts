// Programs of events that arrive in any order, twice or never, from producers that restart and whose clocks are wrong.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { expect, test, vi } from 'vitest';
import { RequestIdGenerator } from '../../../snakepit-otel/src/sdk/id-generator.js';
import { publishWireEvent } from '../../../src/bridge/index.js';
import { execute } from '../../../src/index.js';
import { fakeTime } from '../../helpers/fake-time.js';
import { randomFrom } from '../../helpers/random.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { inNanoseconds } from '../../helpers/span-tree.js';

const BEGIN_NS = 1_795_695_387_000_000_000;
const MS = 1e6;
const OPERATIONS = 400;
/** A program takes this time, ms: less than ended spans are remembered. */
const DURATION_MS = 20_000;
/** A stop that overtakes its start by less ends the span that its start would make. */
const WINDOW_MS = 1000;
const HOUR_MS = 3_600_000;
/** Times of lines are whole microseconds here. */
const ROUNDING_NS = 2000;

/** An event as a producer writes it. */
interface Line {
  readonly event: string;
  readonly measurements: object;
  readonly metadata: object;
  readonly timestamp_ns: string;
  readonly correlation_id?: string;
  readonly producer: string;
}

/** An event on its way to this process. */
interface Arrival {
  readonly at: number;
  readonly publish: () => void;
}

/** An operation as it happened, times in ms after the beginning. */
interface Operation {
  readonly id: string;
  readonly producer: string;
  readonly at: number;
  readonly duration: number;
  readonly start: Line;
  readonly stop: Line;
}

const nanoseconds = (ms: number) => String(BigInt(BEGIN_NS) + BigInt(Math.round(ms * 1000)) * 1000n);

/** Makes operations of several producers and workers, each with a key of its own. */
function operationsOf(random: () => number): Operation[] {
  const below = (end: number) => Math.floor(random() * end);
  // Clocks of producers, ms ahead of that of this host.
  const clocks = [0, 0, -HOUR_MS, HOUR_MS, 0.3];
  return Array.from({ length: OPERATIONS }, (_, i) => {
    const of = below(clocks.length);
    const producer = `p${of}`;
    const at = random() * DURATION_MS;
    const duration = random() < 0.8 ? random() * 50 : random() * 3000;
    const kind = below(3);
    const name = kind === 0 ? 'snakepit.grpc_worker.execute' : kind === 1 ? 'tool.execution' : 'work';
    const clock = clocks[of] as number;
    const id = `${i}`;
    const hasContext = random() < 0.5;
    const hasCorrelation = !hasContext || random() < 0.5;
    const line = (event: string, ms: number, measurements: object): Line => ({
      event: `${name}.${event}`,
      measurements,
      metadata: {
        id,
        tool: id,
        command: id,
        worker_id: `w${below(3)}_of_${of}`,
        ...(hasContext && { telemetry_span_context: `#Reference<${i}>` }),
      },
      timestamp_ns: nanoseconds(ms + clock),
      ...(hasCorrelation && { correlation_id: hasContext ? `shared-${below(20)}` : `own-${i}` }),
      producer,
    });
    const start = line('start', at, { system_time: Number(nanoseconds(at + clock)) });
    const end = line(random() < 0.9 ? 'stop' : 'exception', at + duration, {
      duration: Math.round(duration * 1000) * 1000,
    });
    const { correlation_id } = start;
    const stop = {
      ...end,
      metadata: start.metadata,
      ...(correlation_id !== undefined && { correlation_id }),
    };
    return { id, producer, at, duration, start, stop };
  });
}

const publish = (line: Line) => expect(publishWireEvent(line)).toBe('accepted');

/** Publishes what arrives, in order, at its time. */
function run(arrivals: readonly Arrival[]): void {
  let now = 0;
  for (const { at, publish } of arrivals.toSorted((one, other) => one.at - other.at)) {
    vi.advanceTimersByTime(Math.max(0, at - now));
    now = Math.max(now, at);
    publish();
  }
}

const startOf = ({ startTime }: ReadableSpan) => inNanoseconds(startTime);
const endOf = ({ endTime }: ReadableSpan) => inNanoseconds(endTime);
const idOf = ({ attributes: a }: ReadableSpan) =>
  String(a['snakepit.command'] ?? a['snakepit.tool'] ?? a['snakepit.id']);

/** The producer of a span, as its worker names it. */
const producerOf = ({ attributes }: ReadableSpan) =>
  String(attributes['snakepit.worker_id']).split('_of_')[1];

/** What a span is, whatever the order of its events was. */
const described = (span: ReadableSpan) => [
  idOf(span),
  span.name,
  Math.round(startOf(span) / MS),
  Math.round(endOf(span) / MS),
];

test.each([1, 2, 3, 4])('the spans are the same in whatever order events arrive (seed %i)', (seed) => {
  const random = randomFrom(seed);
  const operations = operationsOf(random);
  const inOrder = operations.flatMap(({ at, duration, start, stop }) => [
    { at, publish: () => publish(start) },
    { at: at + duration, publish: () => publish(stop) },
  ]);
  const host = instrumentedHost({}, [], new RequestIdGenerator());
  fakeTime();
  run(inOrder);
  const expected = host.spans().map(described).toSorted();
  expect(expected).toHaveLength(OPERATIONS);
  host.forget();
  host.instrumentation.disable();
  host.instrumentation.enable();
  run(inOrder.map(({ at, publish }) => ({ at: at + random() * WINDOW_MS, publish })));
  expect(host.spans().map(described).toSorted()).toEqual(expected);
  vi.advanceTimersByTime(HOUR_MS);
  expect(host.spans()).toHaveLength(OPERATIONS);
});

test.each([11, 12, 13, 14, 15, 16])(
  'no span stays open, and each stop ends one, with losses, repeats and restarts (seed %i)',
  (seed) => {
    const random = randomFrom(seed);
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    fakeTime();
    const arrivals: Arrival[] = [];
    let [starts, stops] = [0, 0];
    const late = () => (random() < 0.7 ? random() * 20 : random() * 8000);
    for (const { at, duration, start, stop } of operationsOf(random)) {
      const copies = () => (random() < 0.08 ? 0 : random() < 0.1 ? 2 : 1);
      for (let i = copies(); i > 0; i--, starts++)
        arrivals.push({ at: at + late(), publish: () => publish(start) });
      for (let i = copies(); i > 0; i--, stops++)
        arrivals.push({ at: at + duration + late(), publish: () => publish(stop) });
      if (random() < 0.2)
        arrivals.push({
          at: at + late(),
          publish: () => publish({ ...start, event: 'snakepit.error.oom', measurements: {} }),
        });
      if (random() < 0.03) {
        const { producer } = start;
        arrivals.push({
          at: at + late(),
          publish: () => execute('snakepit.bridge.producer.ended', { count: 1 }, { producer }),
        });
      }
      if (random() < 0.03)
        arrivals.push({
          at: at + late(),
          publish: () => publish({ ...start, event: 'snakepit.pool.worker.terminated', measurements: {} }),
        });
      // The clock of this host is set.
      if (random() < 0.02)
        arrivals.push({
          at: at + late(),
          publish: () => vi.setSystemTime(Date.now() + (random() - 0.5) * 2 * HOUR_MS),
        });
    }
    run(arrivals);
    vi.advanceTimersByTime(HOUR_MS);
    const spans = host.spans();
    const unfinished = spans.filter(({ attributes }) => attributes['snakepit.unfinished'] !== undefined);
    expect(spans.length - unfinished.length).toBe(stops);
    expect(unfinished.length).toBeLessThanOrEqual(starts);
    expect(vi.getTimerCount()).toBe(0);
    const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
    expect(byId.size).toBe(spans.length);
    for (const span of spans) {
      expect(endOf(span)).toBeGreaterThanOrEqual(startOf(span));
      const parent = byId.get(span.parentSpanContext?.spanId ?? '');
      if (parent === undefined) continue;
      expect(parent.spanContext().traceId).toBe(span.spanContext().traceId);
      // Without a correlation id, a parent is a call of the same worker of the same producer.
      const { 'snakepit.correlation_id': correlation } = span.attributes;
      if (correlation === undefined) expect(producerOf(parent)).toBe(producerOf(span));
      else expect(parent.attributes['snakepit.correlation_id']).toBe(correlation);
      expect(startOf(parent)).toBeLessThanOrEqual(startOf(span) + ROUNDING_NS);
    }
    host.instrumentation.disable();
    expect(host.spans()).toHaveLength(spans.length);
  },
);
