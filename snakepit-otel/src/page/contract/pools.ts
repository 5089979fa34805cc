export interface Pool {
  readonly name: string;
  readonly workers?: number;
  readonly busy?: number;
  readonly queued?: number;
  /** Age of the oldest queued request, ms. */
  readonly oldestQueuedMs?: number;
  readonly requests: number;
  readonly errors: number;
  readonly retries: number;
  readonly restarts: number;
  readonly lastEvent: number;
}
