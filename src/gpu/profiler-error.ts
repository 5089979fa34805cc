import { hasErrorCode } from '../common/error-code.js';

const CODES = ['SNAKEPIT_NO_GPU', 'SNAKEPIT_SAMPLE_FAILED', 'SNAKEPIT_SHUTDOWN'] as const;

/**
 * Reason for a missing sample:
 * - `SNAKEPIT_NO_GPU`: this host has no GPU source, or the source lists no device
 * - `SNAKEPIT_SAMPLE_FAILED`: the source could not be read
 * - `SNAKEPIT_SHUTDOWN`: the profiler is or was shut down
 *
 * @useDeclaredType
 */
export type GpuProfilerErrorCode = (typeof CODES)[number];

/** Error of `GPUProfiler.sampleNow()`. If the source failed, `cause` is its error. */
export class GpuProfilerError extends Error {
  /** Creates the error. `options.cause` is the error of the source. */
  constructor(
    /** Reason for the error. */
    readonly code: GpuProfilerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GpuProfilerError';
  }
}

export const isGpuProfilerError = (error: unknown): error is GpuProfilerError =>
  hasErrorCode(error, ...CODES);

export const noGpuError = () =>
  new GpuProfilerError(
    'SNAKEPIT_NO_GPU',
    'No GPU: this host has no GPU source, or its source lists no device. `npx snakepit-otel doctor` reports the cause.',
  );

export const shutdownError = () =>
  new GpuProfilerError('SNAKEPIT_SHUTDOWN', 'The GPU profiler was shut down.');
