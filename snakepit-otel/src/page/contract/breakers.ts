export interface Breaker {
  readonly name: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly since: number;
  readonly rejected: number;
  readonly failures: number;
  readonly successes: number;
  /** True if it was shut down: it is not listed any more. */
  readonly isGone?: true;
  /** Transitions, the oldest first; at most 500. */
  readonly transitions: readonly { readonly ts: number; readonly state: Breaker['state'] }[];
}
