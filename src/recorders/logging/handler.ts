import { trace } from '@opentelemetry/api';
import { attachMany, detach } from '../../bus/handlers.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { Attributes } from '../../catalog/attributes.js';
import type { EventName } from '../../catalog/event-map.js';
import { catalogEvents } from '../../catalog/events/index.js';
import { LOG_LEVELS, type LogLevel } from '../../catalog/log-level.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../../configuration/options.js';
import { enumParser, parseSwitch } from '../../configuration/parse.js';
import { lineOf } from './line.js';

/** Writes one line. @inline */
type Write = (...args: never[]) => unknown;

/** The logger interface that pino, winston and `console` share. */
export interface LoggerLike {
  /** Writes a debug line. */
  readonly debug: Write;
  /** Writes an info line. */
  readonly info: Write;
  /** Writes a warning. Either `warn` or `warning` is required. */
  readonly warn?: Write;
  /** Writes a warning, in loggers that follow syslog. */
  readonly warning?: Write;
  /** Writes an error line. */
  readonly error: Write;
  /** Returns true if the logger writes lines of that level. Lines of other levels are not built. @default every level is written */
  readonly isLevelEnabled?: (level: never) => boolean;
}

/** Options of {@link attachLogger}. */
export interface LogHandlerOptions {
  /** Logger that receives the lines. @default console */
  readonly logger?: LoggerLike;
  /** Level of lines whose event defines none; warnings and errors keep theirs. @default 'debug' */
  readonly level?: LogLevel;
  /** Includes free text of user code, such as exception messages. @default false */
  readonly includeSensitive?: boolean;
}

const OPTIONS: OptionParsers<LogHandlerOptions> = {
  logger: (logger) => logger as LoggerLike,
  level: enumParser(LOG_LEVELS),
  includeSensitive: parseSwitch,
};
/** Id of the handler, as in Snakepit. */
const HANDLER_ID = 'snakepit-ml-logger';
/** Log group whose events are written, as by Snakepit's own logger. */
const LOG_GROUP = 'ml';

/**
 * Writes a line to your logger for every hardware, breaker, GPU, retry and error event, with the ids of the active span.
 * Attaching again replaces the logger. No line is built that the logger would drop.
 *
 * @param options logger, level and sensitivity of the lines
 * @throws ConfigurationError for an unknown option or level, or an object that is not a logger
 */
export function attachLogger(options: LogHandlerOptions = {}): void {
  const {
    logger = console,
    level = 'debug',
    includeSensitive = false,
  } = parseOptions<LogHandlerOptions>('attachLogger()', options, OPTIONS);
  const write = writer(logger);
  const isEnabled = levelCheck(logger);
  const lines = new Map(
    catalogEvents
      .filter(([, { logGroup }]) => logGroup === LOG_GROUP)
      .map(([name, definition]) => [
        name,
        { level: definition.log?.level ?? level, build: lineOf(definition, includeSensitive) },
      ]),
  );
  detachLogger();
  attachMany(HANDLER_ID, [...lines.keys()] as EventName[], (event) => {
    const line = lines.get(event.name);
    if (line === undefined || !isEnabled(line.level)) return undefined;
    const { message, attributes } = line.build(event as AnyEvent);
    // The bus handles the rejection of an asynchronous logger.
    return write(line.level, message, { event: event.name, ...attributes });
  });
}

/** Detaches the logger. Does nothing if none is attached. */
export function detachLogger(): void {
  detach(HANDLER_ID);
}

/** Returns a function that passes fields as the logger expects them: pino before the message, winston after it, console not at all. */
function writer(logger: LoggerLike): (level: LogLevel, message: string, fields: Attributes) => unknown {
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

/** Returns a function that asks the logger for its level, which may change at any time. */
function levelCheck(logger: LoggerLike): (level: LogLevel) => boolean {
  const check = logger.isLevelEnabled as ((level: string) => boolean) | undefined;
  if (typeof check !== 'function') return () => true;
  const warn = logger.warn === undefined ? 'warning' : 'warn';
  return (level) => check.call(logger, level === 'warn' ? warn : level);
}

function traceIds(): { trace_id?: string; span_id?: string } {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext === undefined ? {} : { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}
