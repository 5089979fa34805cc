import { execute } from '../bus/bus.js';
import { type ClassifyOptions, classifyPythonError } from './classify.js';
import type { PythonError } from './python-error.js';

/**
 * Classifies a Python error with {@link classifyPythonError} and publishes its event, which is recorded on the active span. Does not
 * throw.
 *
 * @param error exception as received from Python
 * @param options matchers to classify with. @default the default matchers
 */
export function reportPythonError(error: PythonError, options?: ClassifyOptions): void {
  const { event, measurements, metadata } = classifyPythonError(error, options);
  execute(event, measurements as never, metadata as never);
}
