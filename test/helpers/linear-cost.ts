import { expect } from 'vitest';
import { hostileLines, hostileTexts } from './hostile-texts.js';

const COUNT = 200;
const SHORT = 2 ** 17;
const LONG = 2 ** 20;
const short = hostileTexts(COUNT, SHORT);
const long = hostileTexts(COUNT, LONG);

/** Hostile texts of 1 MiB, as the beginning of each with its number, for {@link expectLinearCost}. */
export const hostileCases = long.map((text, i) => [text.slice(0, 40), i] as const);
/** Hostile lines, as the beginning of each text with its number, for {@link expectLinearCostOfLines}. */
export const hostileLineCases = Array.from({ length: COUNT }, (_, i) => [hostileLines(i, 60), i] as const);

/** Expects that the processor time of `run` with a hostile text of 1 MiB is linear in its length. */
export const expectLinearCost = (i: number, run: (text: string) => unknown): void =>
  expectLinear(short[i], long[i], run);

/** Expects that the processor time of `run` with 1 MiB of hostile lines is linear in their length. */
export const expectLinearCostOfLines = (i: number, run: (text: string) => unknown): void =>
  expectLinear(hostileLines(i, SHORT), hostileLines(i, LONG), run);

/** Limit for 1 MiB on a processor that does nothing else, ms. */
const LIMIT_MS = 50;

function expectLinear(shorter = '', longer = '', run: (text: string) => unknown): void {
  const cost = (text: string) => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3 && least > LIMIT_MS / 2; i++) {
      const start = process.cpuUsage();
      run(text);
      const { user, system } = process.cpuUsage(start);
      least = Math.min(least, (user + system) / 1000);
    }
    return least;
  };
  cost('');
  // The limit allows for a busy machine; quadratic cost would take minutes.
  expect(cost(longer)).toBeLessThan(Math.max(LIMIT_MS, 10 * cost(shorter)));
}
