/** How a program ended. */
export type ExitStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_started'; readonly error: Error }
  /** Killed because it printed more than its limit. */
  | { readonly kind: 'too_much_output' };

/** Returns the status of a program that could not be started. */
export const notStarted = (error: Error & { readonly code?: unknown }): ExitStatus =>
  error.code === 'ENOENT' ? { kind: 'not_found' } : { kind: 'not_started', error };

export const hasSucceeded = (status: ExitStatus): boolean => status.kind === 'exited' && status.code === 0;
