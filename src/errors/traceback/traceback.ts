/** An exception as printed. */
export interface PrintedException {
  /** Class as printed: with its module, unless that is `builtins`. */
  readonly type: string;
  readonly message: string;
}

/** A traceback that Python printed: the last exception, and the exceptions that it was raised `from`. */
export interface Traceback extends PrintedException {
  /** Text of the traceback with all its exceptions; the end of a long one. */
  readonly traceback: string;
  /** Exceptions that the last one was raised `from`, the nearest first. Of an exception group, each of its members. */
  readonly causes: readonly PrintedException[];
}
