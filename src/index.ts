export { ConfigurationError } from './configuration-error.js';
export { execute } from './events/bus.js';
export {
  attach,
  attachMany,
  detach,
  type EventHandler,
  HandlerExistsError,
  listHandlers,
} from './events/handlers.js';
export type { LogLevel, LogLine, OwnRow, TraceMeaning } from './events/row.js';
export { annotation, spanException, spanStart, spanStop } from './events/row.js';
export type { EventMap, EventName, Measurements, Metadata, SnakepitEvent } from './events/types.js';
export { SnakepitInstrumentation, type SnakepitInstrumentationConfig } from './instrumentation.js';
export { attachLogger, detachLogger, type LoggerLike, type LogHandlerOptions } from './logging/handler.js';
export {
  counter,
  distribution,
  lastValue,
  type Measurement,
  type MetricDefinition,
  type MetricSpec,
  sum,
  type Tag,
} from './metrics/definition.js';
export { type GpuConventions, metricDefinitions } from './metrics/definitions.js';
export { endSpan, endSpanException, type SpanReference, span, startSpan } from './tracing/span.js';
