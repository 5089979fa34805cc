import { execute } from '../bus/bus.js';
import { workerDevicesMetadata } from '../catalog/worker-devices-metadata.js';
import { type ClassifyOptions, classifyPythonError } from './classify.js';
import type { PythonError } from './python-error.js';

/** Options of {@link reportPythonError}. */
export interface ReportPythonErrorOptions extends ClassifyOptions {
  /**
   * Environment of the process that raised the error: its `CUDA_VISIBLE_DEVICES` and the like determine which GPU of the host its
   * `cuda:0` is. Without it, the GPU is determined from its memory in the message, and else unknown on hosts with several.
   * @default none
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Classifies a Python error with {@link classifyPythonError} and publishes its event, which is recorded on the active span. Does not
 * throw.
 *
 * @param error exception as received from Python
 * @param options see {@link ReportPythonErrorOptions}
 */
export function reportPythonError(error: PythonError, options?: ReportPythonErrorOptions): void {
  const { event, measurements, metadata } = classifyPythonError(error, options);
  const devices = options?.env ? workerDevicesMetadata(event, options.env, metadata) : {};
  execute(event, measurements as never, { ...metadata, ...devices } as never);
}
