/** A pool of objects such as sessions or connections, as hooks receive it. */
export interface ResourcePool {
  /** Name of the pool: `nameOf`, else `generic-pool`. */
  readonly pool: string;
  /** The pool. */
  readonly object: object;
}
