import { forgetOldest } from '../common/forget-oldest.js';
import { processState } from '../common/process-state.js';

interface ErrorText {
  readonly type?: string;
  readonly message?: string;
}

/** Errors that wait for their traceback. Past this many, the oldest is forgotten. */
const MAX_ERRORS = 1000;
/** Characters of a message that are compared. */
const MAX_COMPARED = 1024;

/** Errors that were published from events of a stream, as text. */
const reported = processState('reported-errors', () => new Set<string>());

/** Remembers an error that was published from an event of a stream, for {@link wasReported}. */
export function rememberReported(producer: string | undefined, error: ErrorText): void {
  if (producer === undefined) return;
  forgetOldest(reported, MAX_ERRORS);
  reported.add(keyOf(producer, error));
}

/**
 * Returns true for the first traceback of an error that an event of the same stream has carried: both come from a process that reports
 * the failure of a span and then prints the exception.
 */
export const wasReported = (producer: string, error: ErrorText): boolean =>
  reported.delete(keyOf(producer, error));

const keyOf = (producer: string, { type = '', message = '' }: ErrorText): string =>
  JSON.stringify([producer, type.slice(type.lastIndexOf('.') + 1), message.slice(0, MAX_COMPARED).trimEnd()]);
