import * as api from '@opentelemetry/api';
import { type Logger, logs as legacyLogs } from '@opentelemetry/api-logs';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../version.js';

/** Logs API of `@opentelemetry/api` 1.10. Version 1.9 has none: Node would not link a named import, and bundlers check `api.logs`. */
const currentLogs: Pick<typeof legacyLogs, 'getLogger'> | undefined = Reflect.get(api, 'logs');

/**
 * Returns a function that finds an enabled logger. SDK 3.x registers its provider in `@opentelemetry/api` 1.10, SDK 2.x in
 * `@opentelemetry/api-logs`, and `registerInstrumentations` may pass a third to the instrumentation.
 *
 * @param own returns the logger of the instrumentation
 */
export function loggerPicker(own: () => Logger | undefined): (severityNumber: number) => Logger | undefined {
  const globals = [currentLogs, legacyLogs].flatMap(
    (logs) => logs?.getLogger(PACKAGE_NAME, PACKAGE_VERSION) ?? [],
  );
  return (severityNumber) => [own(), ...globals].find((logger) => logger?.enabled({ severityNumber }));
}
