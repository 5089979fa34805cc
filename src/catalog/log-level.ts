/** Log levels, the lowest first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** Level of a log line or record. @useDeclaredType */
export type LogLevel = (typeof LOG_LEVELS)[number];
