import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { errorMessage, PACKAGE_NAME } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Log, LogLevel } from './log.js';

/** Exports, as the SDK and this package log them. Their failures are reported apart, with address and cause. */
const EXPORT = /^(?:\{"stack":|Export failed: |Export succeeded but |PeriodicExportingMetricReader: )/;
/** Other processes may send events of any name. */
const UNKNOWN_EVENT = / is not an event of the catalog\b/;
/** Failures of GPU sources. At the start, they are reported apart, with the remedy. */
const GPU_FAILURE = /^GPU source /;

/**
 * Writes what `diag` logs to the log. What the agent reports itself stands there at the level `debug` only.
 *
 * @returns a function that is called when the start is over
 */
export function logDiag(log: Log, level: LogLevel): () => void {
  let isStarting = true;
  const to =
    (kind: 'error' | 'warn' | 'debug') =>
    (...parts: unknown[]) => {
      // A component passes its name before the message.
      const [component, ...rest] = parts.length > 1 ? parts : [undefined, ...parts];
      const message = rest.map((part) => (typeof part === 'string' ? part : errorMessage(part))).join(' ');
      const isOwn = component === undefined || component === PACKAGE_NAME;
      const isReported =
        EXPORT.test(message) || UNKNOWN_EVENT.test(message) || (isStarting && GPU_FAILURE.test(message));
      log[isReported ? 'debug' : kind](message, isOwn ? {} : { component: String(component) });
    };
  const debug = to('debug');
  const logger: DiagLogger = { error: to('error'), warn: to('warn'), info: debug, debug, verbose: debug };
  const logLevel = level === 'debug' ? DiagLogLevel.ALL : DiagLogLevel.WARN;
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
  return () => {
    isStarting = false;
  };
}
