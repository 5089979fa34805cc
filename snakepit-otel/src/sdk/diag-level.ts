import { DiagLogLevel } from '@opentelemetry/api';
import type { SeverityNumberConfigModel } from '@opentelemetry/configuration';

/** Returns the level of `diag` for a `log_level` of the model. `trace` is everything, `fatal` nothing. */
export function diagLevel(logLevel: NonNullable<SeverityNumberConfigModel>): DiagLogLevel {
  if (logLevel === 'trace') return DiagLogLevel.ALL;
  if (logLevel.startsWith('trace')) return DiagLogLevel.VERBOSE;
  if (logLevel.startsWith('debug')) return DiagLogLevel.DEBUG;
  if (logLevel.startsWith('info')) return DiagLogLevel.INFO;
  if (logLevel.startsWith('warn')) return DiagLogLevel.WARN;
  return logLevel.startsWith('error') ? DiagLogLevel.ERROR : DiagLogLevel.NONE;
}
