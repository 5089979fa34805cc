/** Most items of each kind that the page keeps. */
export const LIMITS = {
  traces: 200,
  spans: 20_000,
  spansPerTrace: 5000,
  errors: 200,
  events: 2000,
  seconds: 3600,
} as const;

/** Traces with errors that stay when newer traces without errors come. */
export const ERROR_TRACES = 50;
/** Events of the level `debug`: they do not displace the others. */
export const DEBUG_EVENTS = 1000;
/** Bytes of everything that the page keeps. */
export const MAX_BYTES = 32 * 1024 * 1024;
export const MAX_GPUS = 128;
export const MAX_POOLS = 200;
export const MAX_BREAKERS = 200;
export const MAX_TRANSITIONS = 500;
/** Processes of a GPU. */
export const MAX_PROCESSES = 64;
/** Processes of a GPU that ended. */
export const MAX_GONE_PROCESSES = 8;
/** GPUs with a series of memory for each process. */
export const MAX_DETAILED_GPUS = 4;
/** Processes with a series of memory. */
export const MAX_PROCESS_SERIES = 8;
/** Characters of a text. */
export const MAX_TEXT = 1024;
/** Characters of a traceback. */
export const MAX_TRACEBACK = 16 * 1024;
/** Time for which a GPU that was lost, and a process that ended, are listed, ms. */
export const GONE_MS = 600_000;
/** Sampling intervals after which a GPU that was not read is stale. */
export const STALE_INTERVALS = 3;
