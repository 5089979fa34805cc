// Records the spans and events of the programs of this folder.
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { attachMany } = require('opentelemetry-instrumentation-snakepit');

/** Events of runs and loads of models. */
exports.CALLS = ['inference', 'model.load'].flatMap((name) =>
  ['start', 'stop', 'exception'].map((end) => `snakepit.${name}.${end}`),
);

/**
 * Registers an SDK, and starts to record.
 *
 * @param names names of the events
 * @param describeEvent returns what is kept of an event
 */
exports.record = (names, describeEvent) => {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  const events = [];
  attachMany('test', names, (event) => events.push(describeEvent(event)));
  return {
    /**
     * Returns and resets the spans of the instrumentation and the events.
     *
     * @param describeSpan returns what is kept of a span beside its name, attributes and the name of its parent
     */
    take(describeSpan) {
      const spans = exporter.getFinishedSpans();
      exporter.reset();
      const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name;
      return {
        spans: spans
          .filter(({ instrumentationScope }) => instrumentationScope.name !== 'host')
          .map((span) => ({
            name: span.name,
            parent: nameOf(span.parentSpanContext?.spanId),
            attributes: span.attributes,
            ...describeSpan(span),
          })),
        events: events.splice(0),
      };
    },
  };
};
