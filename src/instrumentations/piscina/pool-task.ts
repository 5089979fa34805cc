/** A task of a pool, as hooks receive it. */
export interface PoolTask {
  /** Name of the pool: `nameOf`, else the name of its file without the extension. */
  readonly pool: string;
  /** File that the task runs. */
  readonly filename: string;
  /** Exported function that the task runs. */
  readonly name: string;
  /** The pool. */
  readonly object: object;
  /** Input of the task, if the host sets `includeSensitive`. */
  readonly input: unknown;
}
