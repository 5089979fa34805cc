import * as api from '@opentelemetry/api';
import { type Logger, logs as legacyLogs } from '@opentelemetry/api-logs';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../version.js';

/** Logs API of `@opentelemetry/api` 1.10. Version 1.9 has none: Node would not link a named import, and bundlers check `api.logs`. */
const currentLogs: typeof legacyLogs | undefined = Reflect.get(api, 'logs');

/** The logs APIs that a host may register a global provider with, the newest first. */
export const logsApis = [currentLogs, legacyLogs].filter((logs) => logs !== undefined);

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
 * Returns a function that finds an enabled logger. SDK 3.x registers its provider in `@opentelemetry/api` 1.10, SDK 2.x in
 * `@opentelemetry/api-logs`, and `registerInstrumentations` may pass a third to the instrumentation.
 *
 * @param own returns the logger of the instrumentation
 */
export function loggerPicker(own: () => Logger | undefined): LoggerPicker {
  const globals = logsApis.map((logs) => logs.getLogger(PACKAGE_NAME, PACKAGE_VERSION));
  const find = (options: LoggerEnabledOptions) =>
    [own(), ...globals].find((logger) => isEnabled(logger, options));
  return {
    pick: (severityNumber) => find({ severityNumber }),
    isRecording: () => find({ severityNumber: HIGHEST_SEVERITY, context: api.ROOT_CONTEXT }) !== undefined,
  };
}

/** Loggers of older SDKs have no method to ask. */
const isEnabled = (logger: Logger | undefined, options: LoggerEnabledOptions): boolean =>
  logger !== undefined && (typeof logger.enabled !== 'function' || logger.enabled(options));

type LoggerEnabledOptions = NonNullable<Parameters<Logger['enabled']>[0]>;
