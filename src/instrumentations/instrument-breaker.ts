import { catchErrors } from '../common/catch-errors.js';
import { warnOnce } from '../common/warn-once.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import type { BreakerOptions } from './breakers/subscriptions.js';
import { libraries } from './index.js';
import type { InstrumentedLibrary } from './instrumented-library.js';
import { runAll } from './patching/run-all.js';

type BreakerOf<L> = L extends InstrumentedLibrary<infer B> ? B : never;

/** A circuit breaker or policy of a supported library: opossum or cockatiel. @useDeclaredType */
export type InstrumentableBreaker = BreakerOf<(typeof libraries)[number]>;

/**
 * Records the events of an opossum breaker (versions 5 to 10) or a cockatiel policy (versions 3 and 4) as those of a Snakepit pool.
 * All policies that cockatiel's `wrap()` combined are recorded. The behavior of the breaker does not change. With a
 * `SnakepitInstrumentation`, breakers are recorded without this call, which then only changes the pool. It is needed for a library that
 * is part of a bundle, or an ES module that was imported before the instrumentation was registered.
 *
 * An object of another kind is ignored, with one warning through `diag`.
 *
 * @returns function that stops recording, whichever call started it
 * @throws ConfigurationError if `pool` is not a non-empty string
 */
export function instrumentBreaker(breaker: InstrumentableBreaker, options: BreakerOptions = {}): () => void {
  const { pool } = options;
  if (pool !== undefined && (typeof pool !== 'string' || pool === '')) {
    throw new ConfigurationError('pool', pool, 'a non-empty string');
  }
  const stops: (() => void)[] = [];
  catchErrors('Instrumenting a breaker', () => {
    if (typeof breaker !== 'object' || breaker === null) return;
    for (const library of libraries as readonly InstrumentedLibrary<object>[]) {
      const stop = library.instrument?.(breaker, { pool });
      if (stop !== undefined) stops.push(stop);
    }
  })();
  if (stops.length === 0) {
    warnOnce(
      'instrumentBreaker() received an object that is not a breaker of a supported library; it is ignored',
    );
  }
  return runAll(stops);
}
