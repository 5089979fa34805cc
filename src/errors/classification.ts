import type { Measurements, Metadata } from '../catalog/event-map.js';

/** Events that a Python error is classified as. `snakepit.error.python_exception` is every error that no matcher matches. */
export type PythonErrorEvent =
  | 'snakepit.error.oom'
  | 'snakepit.error.shape_mismatch'
  | 'snakepit.error.device'
  | 'snakepit.error.dtype_mismatch'
  | 'snakepit.error.dimension_error'
  | 'snakepit.error.python_exception';

/** A classified Python error: the event to publish. Values that the message does not contain are absent. */
export type PythonErrorClassification = {
  [N in PythonErrorEvent]: {
    /** Name of the event. */
    readonly event: N;
    /** Measurements of the event; amounts of memory in bytes. */
    readonly measurements: Measurements<N>;
    /** Metadata of the event, such as the devices, shapes or data types that disagree. */
    readonly metadata: Metadata<N>;
  };
}[PythonErrorEvent];
