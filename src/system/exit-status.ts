/** How a program came to its end. */
export type ExitStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_started'; readonly error: Error }
  /** Killed for printing more than it was allowed to. */
  | { readonly kind: 'too_much_output' };

/** How a program ended that could not be started. */
export const notStarted = (error: Error & { readonly code?: unknown }): ExitStatus =>
  error.code === 'ENOENT' ? { kind: 'not_found' } : { kind: 'not_started', error };

export const hasSucceeded = (end: ExitStatus): boolean => end.kind === 'exited' && end.code === 0;
