import type { Measurements, Metadata } from '../catalog/event-map.js';
import type { PythonErrorFacts } from './facts/python-error-facts.js';

/** Events that a Python error is classified as. `snakepit.error.python_exception` is every error that no matcher matches. */
export type PythonErrorEvent =
  | 'snakepit.error.oom'
  | 'snakepit.error.shape_mismatch'
  | 'snakepit.error.device'
  | 'snakepit.error.dtype_mismatch'
  | 'snakepit.error.dimension_error'
  | 'snakepit.error.python_exception';

/** Reason of a classification. */
export interface PythonErrorExplanation {
  /**
   * Name of the rule that decided: `memory-exhausted`; `wording:` with a library for a message that only its wording shows; `matcher`
   * for a matcher of your own; `none` if no rule applied.
   */
  readonly rule: string;
  /** Facts that the rules decide by. */
  readonly facts: PythonErrorFacts;
}

/** A classified Python error: the event to publish. Values that the message does not contain are absent. */
export type PythonErrorClassification = {
  [N in PythonErrorEvent]: {
    /** Name of the event. */
    readonly event: N;
    /** Measurements of the event; amounts of memory in bytes. */
    readonly measurements: Measurements<N>;
    /** Metadata of the event, such as the devices, shapes or data types that disagree. */
    readonly metadata: Metadata<N>;
    /** Why the error is of this class, if `explain` was set. */
    readonly explanation?: PythonErrorExplanation;
  };
}[PythonErrorEvent];
