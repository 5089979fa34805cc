import * as api from '@opentelemetry/api';
import { type Logger, logs as legacyLogs } from '@opentelemetry/api-logs';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../version.js';

/** Logs as API 1.10 has them; in 1.9 they are missing, and a named import would not even link. */
const currentLogs = (api as { logs?: Pick<typeof legacyLogs, 'getLogger'> }).logs;

/**
 * Finds a logger that is really enabled. Hosts on SDK 3.x keep theirs under the global of `@opentelemetry/api` 1.10,
 * hosts on 2.x under that of `@opentelemetry/api-logs`, and `registerInstrumentations` may hand over a third.
 */
export function loggerPicker(
  handedOver: () => Logger | undefined,
): (severityNumber: number) => Logger | undefined {
  const globals = [currentLogs, legacyLogs].flatMap(
    (logs) => logs?.getLogger(PACKAGE_NAME, PACKAGE_VERSION) ?? [],
  );
  return (severityNumber) => [handedOver(), ...globals].find((logger) => logger?.enabled({ severityNumber }));
}
