// Random programs over the libraries. Each writes down all that a host can see, so that two runs can be compared.
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
import { CircuitBreaker } from '../support/opossum.js';
import { randomFrom } from '../support/random.js';

type Instrument = (breaker: never) => void;
const TICKS = 12;

/** A program under way: its choices, which are the same for the same seed, and its notes. */
class Run {
  readonly notes: string[] = [];
  readonly errors = [new Error('first'), new TypeError('second'), new RangeError('third')];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  one<T>(...choices: T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Errors of ours by identity, those of the library by what they say. */
  name(value: unknown): string {
    const index = this.errors.indexOf(value as Error);
    if (index >= 0) return `error ${index}`;
    return value instanceof Error
      ? `${value.constructor.name} ${Reflect.get(value, 'code')} ${value.message}`
      : (JSON.stringify(value) ?? 'undefined');
  }

  note = (...parts: unknown[]): void => {
    this.notes.push(parts.map((part) => (typeof part === 'string' ? part : this.name(part))).join(' '));
  };

  /** Notes when a promise settles, among ticks of microtasks: one more on its way, and it comes later. */
  follow(what: string, promise: Promise<unknown>): void {
    promise.then(
      (value) => this.note(what, 'resolved', value),
      (error) => this.note(what, 'rejected', error),
    );
    let tick = 0;
    const next = () => {
      this.note('tick', String(tick));
      if (tick++ < TICKS) queueMicrotask(next);
    };
    queueMicrotask(next);
  }

  /** Work that ends as the program chose, at once or later. */
  work(call: number, delay: number, outcome: number): () => unknown {
    return () => {
      this.note('work', String(call));
      const end = () => {
        const error = this.errors[outcome];
        if (error !== undefined) throw error;
        return { call };
      };
      if (delay === 0) return Promise.resolve().then(end);
      if (delay === 1) return end();
      return new Promise((done) => setTimeout(done, delay)).then(end);
    };
  }
}

const EVENTS = [
  'fire',
  'reject',
  'success',
  'failure',
  'timeout',
  'fallback',
  'semaphoreLocked',
  'open',
  'halfOpen',
  'close',
  'cacheHit',
  'cacheMiss',
  'coalesceCacheHit',
  'coalesceCacheMiss',
  'shutdown',
]; // prettier-ignore

export async function opossumProgram(seed: number, instrument: Instrument): Promise<string[]> {
  const run = new Run(seed);
  const { below, one } = { below: run.below.bind(run), one: run.one.bind(run) as Run['one'] };
  const breaker = new CircuitBreaker((work: () => unknown) => work(), {
    name: 'same',
    timeout: one<number | false>(false, 5, 12),
    resetTimeout: one(4, 20),
    capacity: one(1, 3, 1000),
    errorThresholdPercentage: one(1, 30, 60),
    volumeThreshold: one(0, 0, 4),
    allowWarmUp: one(false, false, true),
    cache: one(false, false, true),
    coalesce: one(false, false, true),
    cacheGetKey: () => String(seed % 3),
    enabled: one(true, true, true, false),
    errorFilter: one(undefined, (error: unknown) => error === run.errors[1]),
    state: one(undefined, undefined, { closed: false }, { closed: false, halfOpen: true }),
    rollingCountTimeout: 1_000_000,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  instrument(breaker as never);
  const fallbackKind = below(4);
  if (fallbackKind === 1) breaker.fallback(() => 'instead');
  if (fallbackKind === 2) breaker.fallback((_work, error) => Promise.reject(error));
  if (fallbackKind === 3)
    breaker.fallback(() => {
      throw run.errors[2];
    });
  for (const event of EVENTS) {
    if (below(4) > 0)
      breaker.on(event, (...args) => run.note('event', event, ...args.filter((arg) => !Array.isArray(arg))));
  }
  run.note(
    Object.keys(breaker),
    breaker.eventNames().map((event) => [event, breaker.listenerCount(String(event))]),
  );
  const fire = (call: number) => {
    const work = run.work(call, one(0, 1, 3, 8, 15), below(6));
    try {
      run.follow(`call ${call}`, breaker.fire(work));
    } catch (error) {
      run.note(`call ${call}`, 'threw', error);
    }
  };
  for (let call = 0; call < 14; call++) {
    const action = below(20);
    if (action === 0) breaker.open();
    else if (action === 1) breaker.close();
    else if (action === 2) breaker.disable();
    else fire(call);
    if (below(2) === 0) await vi.advanceTimersByTimeAsync(below(12));
    run.note([breaker.opened, breaker.halfOpen, breaker.closed, breaker.pendingClose], breaker.stats);
  }
  await vi.advanceTimersByTimeAsync(50);
  breaker.shutdown();
  fire(99);
  await vi.advanceTimersByTimeAsync(1);
  return run.notes;
}

export async function cockatielProgram(seed: number, instrument: Instrument): Promise<string[]> {
  const run = new Run(seed);
  const { below, one } = { below: run.below.bind(run), one: run.one.bind(run) as Run['one'] };
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
      const habit = below(3);
      const first = add((value) => {
        run.note(event, told(run, value));
        // Listeners that come and go while they are called.
        if (habit === 1) add(() => run.note(event, 'added'));
        if (habit === 2) first.dispose();
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
  const [only, ...others] = policies;
  const policy = others.length === 0 && only !== undefined ? only : (wrap(...policies) as IPolicy);
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

/** What a listener was told: errors within by identity. */
function told(run: Run, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([key, part]) =>
        `${key}=${typeof part === 'object' && part !== null && !(part instanceof Error) ? told(run, part) : run.name(part)}`,
    )
    .join(' ');
}
