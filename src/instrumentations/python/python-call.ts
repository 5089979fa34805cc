/** A Python process that the host starts, as hooks receive it. */
export interface PythonCall {
  /**
   * Name of the script or of the module of `-m`; `<inline>` for code of `-c` and of python-shell's `runString()`, `<stdin>` for
   * code that is read from there.
   */
  readonly script: string;
  /** Name of the program, such as `python3`. */
  readonly program: string;
  /** The `ChildProcess`, which has not started yet when `ignore` and `startHook` are called. */
  readonly object: object;
  /** Command line, if the host sets `includeSensitive`. */
  readonly args: readonly string[] | undefined;
}

/** How a Python process ended. It is the result of the call if the exit code is 0, else its error. */
export interface PythonExit {
  /** Exit code; `null` if a signal ended the process. */
  readonly code: number | null;
  /** Signal that ended the process. */
  readonly signal: NodeJS.Signals | null;
}
