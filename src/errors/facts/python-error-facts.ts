/** Facts that the classification of a Python error is decided by, as read from its class and message. */
export interface PythonErrorFacts {
  /** Class without its module. */
  readonly type: string;
  /** Module of the class. Empty if there is none. */
  readonly module: string;
  /** Codes of libraries, such as `CUBLAS_STATUS_ALLOC_FAILED` and `cudaErrorNoDevice`. */
  readonly codes: readonly string[];
  /** Distinct devices in Snakepit's names. */
  readonly devices: readonly string[];
  /** Distinct shapes, symbolic ones such as `[s4, s0*s53]` included. */
  readonly shapes: readonly (readonly (number | string)[])[];
  /** Distinct data types in NumPy's names. */
  readonly dtypes: readonly string[];
  /** Statements of the message that hold: hints, echoed input and denials are left out. */
  readonly statements: readonly Statement[];
}

/** A sentence of the message, with one that completes it: `Expected 2 dimensions. Got 1.` */
export interface Statement {
  /** Text without echoed input. */
  readonly text: string;
  /** Names of the signs that the text shows, such as `memory exhausted` and `same device`. */
  readonly signs: readonly Sign[];
}

/** Sign of a class of errors in a statement. */
export type Sign =
  | 'memory exhausted'
  | 'allocation failed'
  | 'memory limit'
  | 'tensor'
  | 'same device'
  | 'different devices'
  | 'required device'
  | 'same dtype'
  | 'different dtypes'
  | 'required dtype'
  | 'rank'
  | 'rank out of range'
  | 'same rank'
  | 'required rank'
  | 'shape'
  | 'disagreement'
  | 'requirement'
  | 'different shapes'
  | 'different counts'
  | 'shape operation failed';
