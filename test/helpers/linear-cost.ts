import { expect } from 'vitest';
import { hostileTexts } from './hostile-texts.js';

const short = hostileTexts(200, 2 ** 17);
const long = hostileTexts(200, 2 ** 20);

/** Hostile texts of 1 MiB, as the beginning of each with its number, for {@link expectLinearCost}. */
export const hostileCases = long.map((text, i) => [text.slice(0, 40), i] as const);

/** Expects that the processor time of `run` with a hostile text of 1 MiB is linear in its length. */
export function expectLinearCost(i: number, run: (text: string) => unknown): void {
  const cost = (text = '') => {
    const times = Array.from({ length: 3 }, () => {
      const start = process.cpuUsage();
      run(text);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    return Math.min(...times);
  };
  cost('');
  // The limit allows for a busy machine; quadratic cost would take minutes.
  expect(cost(long[i])).toBeLessThan(Math.max(50, 10 * cost(short[i])));
}
