/** A task of a pool, as hooks receive it. */
export interface PoolTask {
  /** Name of the pool: `nameOf`, else the name of its file without the extension. */
  readonly pool: string;
  /** File that the task runs. Empty for a function that the host passes to the pool. */
  readonly filename: string;
  /** Function that the task runs. Empty for a function without a name. */
  readonly name: string;
  /** The pool. */
  readonly object: object;
  /** Input of the task, if the host sets `includeSensitive`. */
  readonly input: unknown;
}
