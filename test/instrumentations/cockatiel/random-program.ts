import {
  bulkhead,
  ConsecutiveBreaker,
  ConstantBackoff,
  CountBreaker,
  circuitBreaker,
  fallback,
  handleAll,
  handleType,
  handleWhenResult,
  type IBackoffFactory,
  type IBreaker,
  type IPolicy,
  IterableBackoff,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { vi } from 'vitest';
import { type Instrument, RandomRun } from '../breakers/random-run.js';

export async function cockatielProgram(seed: number, instrument: Instrument): Promise<string[]> {
  const run = new RandomRun(seed);
  const { below, one } = { below: run.below.bind(run), one: run.one.bind(run) as RandomRun['one'] };
  const handled = () =>
    one(
      handleAll,
      handleAll,
      handleType(TypeError),
      handleWhenResult((result) => result !== 'instead'),
    );
  const isolations: { dispose(): void }[] = [];
  const listen = (policy: object) => {
    for (const event of [
      'onSuccess',
      'onFailure',
      'onBreak',
      'onReset',
      'onHalfOpen',
      'onStateChange',
      'onRetry',
      'onGiveUp',
      'onTimeout',
      'onReject',
    ]) {
      const add = Reflect.get(policy, event) as
        | ((listener: (value: unknown) => void) => { dispose(): void })
        | undefined;
      if (add === undefined || below(2) === 0) continue;
      const behavior = below(3);
      const first = add((value) => {
        run.note(event, describe(run, value));
        // Listeners that are added and removed during a call.
        if (behavior === 1) add(() => run.note(event, 'added'));
        if (behavior === 2) first.dispose();
      });
    }
  };
  const policies: IPolicy[] = Array.from({ length: 1 + below(3) }, () => {
    const breaker = () => {
      const policy = circuitBreaker(handled(), {
        halfOpenAfter: one(3, 15),
        breaker: one<IBreaker>(
          new ConsecutiveBreaker(1 + below(3)),
          new CountBreaker({ threshold: 0.3, size: 4 }),
        ),
      });
      if (below(8) === 0) isolations.push(policy.isolate());
      return policy;
    };
    const make = one<() => object>(
      breaker,
      breaker,
      () =>
        retry(handled(), {
          maxAttempts: below(4),
          backoff: one<IBackoffFactory<unknown>>(new ConstantBackoff(2), new IterableBackoff([0, 1.5, 4])),
        }),
      () => timeout(one(2, 9), one(TimeoutStrategy.Aggressive, TimeoutStrategy.Cooperative)),
      () => bulkhead(1 + below(2), below(2)),
      () =>
        fallback(
          handled(),
          one<() => unknown>(
            () => 'instead',
            () => Promise.reject(run.errors[2]),
          ),
        ),
    );
    const policy = make() as IPolicy;
    instrument(policy as never);
    listen(policy);
    return policy;
  });
  const [only, ...more] = policies;
  const policy = more.length === 0 && only !== undefined ? only : (wrap(...policies) as IPolicy);
  run.note(policies.map((each) => Object.keys(each)));
  for (let call = 0; call < 10; call++) {
    const controller = new AbortController();
    if (below(6) === 0) setTimeout(() => controller.abort(), below(8));
    run.follow(
      `call ${call}`,
      policy.execute(run.work(call, one(0, 1, 3, 12), below(5)), controller.signal) as Promise<unknown>,
    );
    if (below(2) === 0) await vi.advanceTimersByTimeAsync(below(12));
    if (below(6) === 0) isolations.pop()?.dispose();
    run.note(policies.map((each) => Reflect.get(each, 'state') ?? Reflect.get(each, 'executionSlots')));
  }
  await vi.advanceTimersByTimeAsync(200);
  return run.notes;
}

/** Returns the text of a value that a listener received, with errors by identity. */
function describe(run: RandomRun, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([key, part]) =>
        `${key}=${typeof part === 'object' && part !== null && !(part instanceof Error) ? describe(run, part) : run.name(part)}`,
    )
    .join(' ');
}
