import type { Measurements, Metadata } from '../catalog/event-map.js';

export type PythonErrorEvent =
  | 'snakepit.error.oom'
  | 'snakepit.error.shape_mismatch'
  | 'snakepit.error.device'
  | 'snakepit.error.dtype_mismatch'
  | 'snakepit.error.dimension_error'
  | 'snakepit.error.python_exception';

/** An error as the event that tells of it. What the message does not say is left out. */
export type PythonErrorClassification = {
  [N in PythonErrorEvent]: {
    readonly event: N;
    readonly measurements: Measurements<N>;
    readonly metadata: Metadata<N>;
  };
}[PythonErrorEvent];
