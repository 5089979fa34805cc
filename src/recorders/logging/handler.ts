import { trace } from '@opentelemetry/api';
import { attachMany, detach } from '../../bus/handlers.js';
import type { Attributes } from '../../catalog/attributes.js';
import { LOG_LEVELS, type LogLevel } from '../../catalog/event-definition.js';
import type { AnyEvent, EventName } from '../../catalog/event-map.js';
import { catalogEvents } from '../../catalog/events/index.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { lineOf } from './line.js';

type Write = (...args: never[]) => unknown;

/** What pino, winston and `console` have in common. */
export interface LoggerLike {
  readonly debug: Write;
  readonly info: Write;
  readonly warn?: Write;
  readonly warning?: Write;
  readonly error: Write;
}

export interface LogHandlerOptions {
  /** Where the lines go. @default console */
  readonly logger?: LoggerLike;
  /** Level of the lines whose event fixes none; warnings and errors keep theirs. @default 'debug' */
  readonly level?: LogLevel;
  /** Write free text of user code, such as exception messages. @default false */
  readonly includeSensitive?: boolean;
}

/** The handler's id, as in Snakepit. */
const HANDLER_ID = 'snakepit-ml-logger';
/** The parts of Snakepit whose events its own logger writes. */
const ML_EVENT = /^snakepit\.(hardware|circuit_breaker|error|gpu|retry)\./;

/**
 * Writes a line for every hardware, breaker, GPU, retry and error event into your logger, with the ids of the active
 * span. Attaching again replaces the logger.
 *
 * @throws ConfigurationError for an unknown level or an object that is no logger
 */
export function attachLogger(options: LogHandlerOptions = {}): void {
  const { logger = console, level = 'debug', includeSensitive = false } = options;
  if (!LOG_LEVELS.includes(level)) throw new ConfigurationError('level', level, LOG_LEVELS.join(', '));
  const write = writer(logger);
  const events = catalogEvents.filter(([name]) => ML_EVENT.test(name));
  const lines = new Map(events.map(([name, row]) => [name, lineOf(row, includeSensitive)]));
  detachLogger();
  attachMany(HANDLER_ID, [...lines.keys()] as EventName[], (event) => {
    const line = lines.get(event.name)?.(event as AnyEvent);
    if (line !== undefined)
      write(line.level ?? level, line.message, { event: event.name, ...line.attributes });
  });
}

/** Detaches the logger. Does nothing when none is attached. */
export function detachLogger(): void {
  detach(HANDLER_ID);
}

/** Adapts to where a logger takes its fields: pino before the message, winston after it, console nowhere. */
function writer(logger: LoggerLike): (level: LogLevel, message: string, fields: Attributes) => void {
  const warn = logger?.warn ?? logger?.warning;
  for (const write of [logger?.debug, logger?.info, warn, logger?.error]) {
    if (typeof write !== 'function') {
      throw new ConfigurationError(
        'logger',
        typeof logger,
        'an object with debug, info, warn and error functions',
      );
    }
  }
  const call = (level: LogLevel, ...args: unknown[]) =>
    ((level === 'warn' ? warn : logger[level]) as (...args: unknown[]) => unknown).apply(logger, args);
  if ('bindings' in logger)
    return (level, message, fields) => call(level, { ...fields, ...traceIds() }, message);
  if ('transports' in logger)
    return (level, message, fields) => call(level, message, { ...fields, ...traceIds() });
  return (level, message) => call(level, message);
}

function traceIds(): { trace_id?: string; span_id?: string } {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext === undefined ? {} : { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}
