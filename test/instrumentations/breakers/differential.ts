import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import type { RandomProgram } from './random-run.js';

const PROGRAMS = 1000;

/** Defines tests that run random programs with plain and with instrumented breakers: a host must not see a difference. */
export function testDifferences(program: RandomProgram): void {
  afterEach(() => vi.useRealTimers());

  test(`${PROGRAMS} random programs run as without instrumentation`, { timeout: 60_000 }, async () => {
    const plain: unknown[][] = [];
    for (let seed = 1; seed <= PROGRAMS; seed++) plain.push(await notesOf(program, seed, () => {}));
    // It patches the library, which is loaded already.
    instrumentedHost();
    const recorded = recordEvents();
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const stops: (() => void)[] = [];
      const instrumented = await notesOf(program, seed, (breaker) =>
        stops.push(instrumentBreaker(breaker, { pool: 'p' })),
      );
      for (const stop of stops) stop();
      expect(instrumented, `seed ${seed}`).toEqual(plain[seed - 1]);
    }
    expect(recorded.events.length).toBeGreaterThan(PROGRAMS);
    expect(new Set(recorded.names())).toContain('call.rejected');
    vi.useRealTimers();
  });

  test('the comparison detects one more microtask', async () => {
    onTestFinished(() => void vi.useRealTimers());
    const delay = (breaker: never) => {
      const method = 'fire' in (breaker as object) ? 'fire' : 'execute';
      const original = Reflect.get(breaker, method) as (...args: unknown[]) => Promise<unknown>;
      Reflect.set(breaker, method, async function (this: unknown, ...args: unknown[]) {
        return await original.apply(this, args);
      });
    };
    const plain = await notesOf(program, 1, () => {});
    expect(await notesOf(program, 1, delay)).not.toEqual(plain);
  });
}

/** Runs a program at a fixed time. Returns its notes and the unhandled rejections. */
async function notesOf(program: RandomProgram, seed: number, instrument: Parameters<RandomProgram>[1]) {
  vi.useFakeTimers({
    now: 0,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(String(error));
  process.on('unhandledRejection', note);
  try {
    const notes = await program(seed, instrument);
    return [...notes, ...unhandled];
  } finally {
    process.off('unhandledRejection', note);
    vi.clearAllTimers();
  }
}
