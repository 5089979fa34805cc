// Records what programs with pools produce: spans, events and, on demand, metrics. And runs requests of a host.
const { trace } = require('@opentelemetry/api');
const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { attachMany } = require('opentelemetry-instrumentation-snakepit');

const EVENTS = [
  'pool.initialized',
  'pool.status',
  'pool.queue.enqueued',
  'pool.queue.dequeued',
  'pool.queue.timeout',
  'pool.saturated',
  'pool.call.dispatched',
  'request.executed',
].map((name) => `snakepit.${name}`);

class Reader extends MetricReader {
  onForceFlush() {}
  onShutdown() {}
}

/**
 * Registers an SDK and starts to record spans.
 *
 * @returns function that returns the spans of the instrumentation since the last call; `describe` returns what is kept of a span beside
 * its name, attributes and the name of its parent
 */
exports.recordSpans = () => {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  return (describe) => {
    const spans = exporter.getFinishedSpans();
    exporter.reset();
    const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name;
    return spans
      .filter(({ instrumentationScope }) => instrumentationScope.name !== 'host')
      .map((span) => ({
        name: span.name,
        parent: nameOf(span.parentSpanContext?.spanId),
        attributes: span.attributes,
        ...describe(span),
      }));
  };
};

/** Registers an SDK and starts to record. */
exports.record = () => {
  const takeSpans = exports.recordSpans();
  const reader = new Reader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const events = [];
  attachMany('test', EVENTS, ({ name, measurements, metadata }) =>
    events.push({ name: name.slice('snakepit.'.length), ...measurements, ...metadata }),
  );
  return {
    meterProvider,
    /** Returns the spans and events since the last call. */
    take: () => ({
      spans: takeSpans((span) => ({
        scope: span.instrumentationScope.name,
        events: span.events.map(({ name }) => name.replace('snakepit.', '')),
      })),
      events: events.splice(0),
    }),
    /** Collects the metrics. Returns the values, or the counts, of those whose names start with `snakepit.pool`, by name and pool. */
    async collect() {
      const { resourceMetrics } = await reader.collect();
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return Object.fromEntries(
        metrics.flatMap(({ descriptor, dataPoints }) =>
          descriptor.name.startsWith('snakepit.pool')
            ? dataPoints.map(({ attributes, value }) => [
                `${descriptor.name.slice('snakepit.pool.'.length)} ${attributes['snakepit.pool'] ?? attributes.pool}`,
                value.count ?? value,
              ])
            : [],
        ),
      );
    },
  };
};

const describe = (error) => `${error.constructor.name} ${error.name}: ${error.message.split('\n')[0]}`;

/** Returns the outcome of work: the result, or a description of the error, thrown or rejected. */
exports.outcome = async (work) => {
  let promise;
  try {
    promise = work();
  } catch (error) {
    return `thrown ${describe(error)}`;
  }
  try {
    return await promise;
  } catch (error) {
    return describe(error);
  }
};

/** Runs `work` in a span of the host that has the name. */
exports.inRequest = (name, work) =>
  trace.getTracer('host').startActiveSpan(name, (span) => work().finally(() => span.end()));

/** Describes a method, to compare the wrapper with the original. */
exports.describeMethod = (prototype, name) => {
  const { value, ...flags } = Object.getOwnPropertyDescriptor(prototype, name);
  return { ...flags, name: value.name, length: value.length };
};

/** Returns a function that returns random integers from 0 up to, not including, a limit. */
exports.randomFrom = (seed) => {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
};
