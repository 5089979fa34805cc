import { errorName } from '../breakers/error-name.js';
import type { Outcome } from './policy.js';

/** Returns the kind of a failure: that of the error, or `result` for a returned value that the policy treats as a failure. */
export const outcomeName = (outcome: Outcome): string =>
  'error' in outcome ? errorName(outcome.error) : 'result';
