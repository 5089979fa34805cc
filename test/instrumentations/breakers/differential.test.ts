// Random programs, run with plain breakers and with instrumented ones: a host must not be able to tell them apart.
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { cockatielProgram } from './programs/cockatiel.js';
import { opossumProgram } from './programs/opossum.js';

const PROGRAMS = 1000;

afterEach(() => vi.useRealTimers());

type Program = typeof opossumProgram;

/** Runs a program from the same moment; what nobody caught is among its notes. */
async function notesOf(program: Program, seed: number, instrument: Parameters<Program>[1]) {
  vi.useFakeTimers({
    now: 0,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(String(error));
  process.on('unhandledRejection', note);
  try {
    const notes = await program(seed, instrument);
    return [...notes, ...uncaught];
  } finally {
    process.off('unhandledRejection', note);
    vi.clearAllTimers();
  }
}

describe.each([
  ['opossum', opossumProgram],
  ['cockatiel', cockatielProgram],
])('%s', (_name, program) => {
  test(`${PROGRAMS} programs go the same way`, { timeout: 60_000 }, async () => {
    instrumentedHost();
    const told = recordEvents();
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const plain = await notesOf(program, seed, () => {});
      const stops: (() => void)[] = [];
      const instrumented = await notesOf(program, seed, (breaker) =>
        stops.push(instrumentBreaker(breaker, { pool: 'p' })),
      );
      for (const stop of stops) stop();
      expect(instrumented, `seed ${seed}`).toEqual(plain);
    }
    // Everything that can happen has.
    expect(told.events.length).toBeGreaterThan(PROGRAMS);
    expect(new Set(told.names())).toContain('call.rejected');
    vi.useRealTimers();
  });

  test('a microtask more would show', async () => {
    onTestFinished(() => void vi.useRealTimers());
    const delayed = (breaker: never) => {
      const method = 'fire' in (breaker as object) ? 'fire' : 'execute';
      const original = Reflect.get(breaker, method) as (...args: unknown[]) => Promise<unknown>;
      Reflect.set(breaker, method, async function (this: unknown, ...args: unknown[]) {
        return await original.apply(this, args);
      });
    };
    const plain = await notesOf(program, 1, () => {});
    expect(await notesOf(program, 1, delayed)).not.toEqual(plain);
  });
});
