import { errorName } from '../breakers/pool-member.js';
import type { Outcome } from './policy.js';

/** What went wrong, in a word: the kind of the error, or that a returned value was taken for one. */
export const outcomeName = (outcome: Outcome): string =>
  'error' in outcome ? errorName(outcome.error) : 'result';
