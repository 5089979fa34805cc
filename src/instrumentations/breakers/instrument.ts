import { warnOnce } from '../../common/warn-once.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { type CockatielPolicy, isPolicy } from '../cockatiel/policy.js';
import type { OpossumBreaker } from '../opossum/opossum.js';
import { guarded } from '../patching/wrap-method.js';
import { watch } from './watch.js';

export interface BreakerOptions {
  /** The pool that the breaker reports as. @default the name of the breaker or of its group, else 'default' */
  readonly pool?: string;
}

/**
 * Makes a breaker of opossum (5 to 10), or a policy of cockatiel (3 and 4; one made by `wrap()` with all in it), report
 * as a Snakepit pool. What the breaker does stays as it is. Breakers that the registered instrumentation has found by
 * itself report already; then this only gives them another pool.
 *
 * Anything else is told once through `diag`, and ignored.
 *
 * @returns ends the reporting, whoever began it
 * @throws ConfigurationError for a pool that is no name
 */
export function instrumentBreaker(
  breaker: OpossumBreaker | CockatielPolicy,
  options: BreakerOptions = {},
): () => void {
  const { pool } = options;
  if (pool !== undefined && (typeof pool !== 'string' || pool === '')) {
    throw new ConfigurationError('pool', pool, 'a name');
  }
  const stops: (() => void)[] = [];
  guarded(() => {
    for (const part of parts(breaker)) stops.push(watch(part, { pool })?.stop ?? UNKNOWN);
  }, []);
  if (stops.every((stop) => stop === UNKNOWN)) {
    warnOnce(
      'instrumentBreaker() was given neither a breaker of opossum nor a policy of cockatiel that it knows',
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

const UNKNOWN = () => {};

/** The policies that were put together by cockatiel's `wrap()`, else the object itself. */
function parts(breaker: unknown): readonly object[] {
  if (typeof breaker !== 'object' || breaker === null) return [];
  const wrapped: unknown = Reflect.get(breaker, 'wrapped');
  if (!isPolicy(breaker) || !Array.isArray(wrapped)) return [breaker];
  return wrapped.flatMap(parts);
}
