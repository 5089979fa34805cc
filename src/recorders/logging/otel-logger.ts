import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Logger, LoggerProvider } from '@opentelemetry/api-logs';
import { isPlaceholder, isShutDown } from '../../common/provider-state.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../version.js';

/** Severity above all others, which every logger that records anything accepts. */
const HIGHEST_SEVERITY = 24;

/** Finds a logger. */
export interface LoggerPicker {
  /** Returns an enabled logger. */
  pick(severityNumber: number): Logger | undefined;
  /** Returns true if a logger records anything. */
  isRecording(): boolean;
}

/**
 * Returns a function that finds an enabled logger of a provider. One that was shut down is not asked: the SDK warns about that.
 *
 * @param providers the preferred one first
 */
export function loggerPicker(providers: readonly LoggerProvider[]): LoggerPicker {
  const loggers = providers
    .filter((provider) => !isPlaceholder(provider) && !isShutDown(provider))
    .map((provider) => provider.getLogger(PACKAGE_NAME, PACKAGE_VERSION));
  const find = (options: LoggerEnabledOptions) => loggers.find((logger) => isEnabled(logger, options));
  return {
    pick: (severityNumber) => find({ severityNumber }),
    isRecording: () => find({ severityNumber: HIGHEST_SEVERITY, context: ROOT_CONTEXT }) !== undefined,
  };
}

/** Loggers of older SDKs have no method to ask. */
const isEnabled = (logger: Logger, options: LoggerEnabledOptions): boolean =>
  typeof logger.enabled !== 'function' || logger.enabled(options);

type LoggerEnabledOptions = NonNullable<Parameters<Logger['enabled']>[0]>;
