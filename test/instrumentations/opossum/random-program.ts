import { vi } from 'vitest';
import { CircuitBreaker } from '../../helpers/opossum.js';
import { type Instrument, RandomRun } from '../breakers/random-run.js';

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
];

export async function opossumProgram(seed: number, instrument: Instrument): Promise<string[]> {
  const run = new RandomRun(seed);
  const { below, one } = { below: run.below.bind(run), one: run.one.bind(run) as RandomRun['one'] };
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
