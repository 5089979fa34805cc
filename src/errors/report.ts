import { execute } from '../bus/bus.js';
import { type ClassifyOptions, classifyPythonError } from './classify.js';
import type { PythonError } from './python-error.js';

/** Classifies the error and publishes its event. Never throws. */
export function reportPythonError(error: PythonError, options?: ClassifyOptions): void {
  const { event, measurements, metadata } = classifyPythonError(error, options);
  execute(event, measurements as never, metadata as never);
}
