import { catchErrors } from '../common/catch-errors.js';
import { warnOnce } from '../common/warn-once.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { parseOptions } from '../configuration/options.js';
import type { Parser } from '../configuration/parse.js';
import type { BreakerOptions } from './breakers/subscriptions.js';
import { libraries } from './index.js';
import type { InstrumentedLibrary } from './instrumented-library.js';
import { restoreAll } from './patching/restore-all.js';

type BreakerOf<L> = L extends InstrumentedLibrary<infer B> ? B : never;

/** A circuit breaker or policy of a supported library: opossum or cockatiel. @useDeclaredType */
export type InstrumentableBreaker = BreakerOf<(typeof libraries)[number]>;

/**
 * Records the events of an opossum breaker (versions 5 to 10) or a cockatiel policy (versions 3 and 4) as those of a Snakepit pool.
 * All policies that cockatiel's `wrap()` combined are recorded. The behavior of the breaker does not change. With a
 * `SnakepitInstrumentation`, breakers are recorded without this call, which then only changes the pool. It is needed for a library that
 * is part of a bundle, or an ES module that was imported before the instrumentation was registered.
 *
 * A policy without events, such as cockatiel's `noop`, and a breaker of another version are ignored, with one warning through `diag`.
 *
 * @returns function that stops recording, whichever call started it
 * @throws ConfigurationError for an object that is neither a breaker nor a policy, an unknown option, or an empty `pool`
 */
export function instrumentBreaker(breaker: InstrumentableBreaker, options: BreakerOptions = {}): () => void {
  const { pool } = parseOptions<BreakerOptions>('instrumentBreaker()', options, { pool: parsePool });
  checkBreaker(breaker);
  const stops: (() => void)[] = [];
  catchErrors('Instrumenting a breaker', () => {
    for (const library of libraries as readonly InstrumentedLibrary<object>[]) {
      const stop = library.instrument?.(breaker, { pool });
      if (stop !== undefined) stops.push(stop);
    }
  })();
  if (stops.length === 0) {
    warnOnce(
      'instrumentBreaker() received a policy without events, or a breaker of an unsupported version; it is ignored',
    );
  }
  return restoreAll(stops);
}

const parsePool: Parser<string> = (value, setting) => {
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(setting, value, 'a non-empty string');
};

/** Methods that call a function under a breaker of opossum, or under a policy of cockatiel. */
const CALLS = ['fire', 'execute'];

/** @throws ConfigurationError for an object that no supported library has made */
function checkBreaker(breaker: unknown): void {
  let isBreaker = false;
  catchErrors('Reading a breaker', () => {
    isBreaker =
      typeof breaker === 'object' &&
      breaker !== null &&
      CALLS.some((method) => typeof Reflect.get(breaker, method) === 'function');
  })();
  if (isBreaker) return;
  const value = typeof breaker === 'object' && breaker !== null ? 'an object' : breaker;
  throw new ConfigurationError('breaker', value, 'a breaker of opossum, or a policy of cockatiel');
}
