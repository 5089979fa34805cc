import { onTestFinished } from 'vitest';
import { instrumentBreaker } from '../../src/index.js';

export const failure = new RangeError('boom');
export const fail = () => Promise.reject(failure);
export const settled = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

/** Instruments a policy until the end of the test, and returns it. */
export function instrumented<P extends Parameters<typeof instrumentBreaker>[0]>(policy: P, pool = 'p'): P {
  onTestFinished(instrumentBreaker(policy, { pool }));
  return policy;
}
