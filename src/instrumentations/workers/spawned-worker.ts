/** A thread or child process that the host has started, as hooks receive it. */
export interface SpawnedWorker {
  /** Kind of worker. */
  readonly mode: 'thread' | 'process';
  /** Name of the program, such as `python3`, or of the thread; `undefined` if the Node of the host does not report it. */
  readonly program: string | undefined;
  /** The `Worker` or `ChildProcess`. */
  readonly object: object;
}
