/** Why a sample gave nothing: no device or source at all, a read that failed, or a profiler that was shut down. */
export type GPUProfilerErrorCode = 'no_gpu' | 'sample_failed' | 'shutdown';

/** What `GPUProfiler.sampleNow()` rejects with. `cause` is the source's own error where there is one. */
export class GPUProfilerError extends Error {
  constructor(
    readonly code: GPUProfilerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GPUProfilerError';
  }
}

export const noGpuError = () =>
  new GPUProfilerError('no_gpu', 'No GPU: this host has no GPU source, or its source lists no device.');
