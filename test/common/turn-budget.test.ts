import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TurnBudget } from '../../src/common/turn-budget.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('is spent after a quarter of a millisecond, and whole again in the next turn', async () => {
  const turn = new TurnBudget();
  expect(turn.isSpent).toBe(false);
  vi.advanceTimersByTime(0.25);
  expect(turn.isSpent).toBe(false);
  vi.advanceTimersByTime(1);
  expect(turn.isSpent).toBe(true);
  await turn.next();
  expect(turn.isSpent).toBe(false);
});

it('lets what is due in the event loop run between two steps', async () => {
  const order: string[] = [];
  const work = async (name: string) => {
    const turn = new TurnBudget();
    for (let step = 1; step <= 3; step++) {
      if (turn.isSpent) await turn.next();
      order.push(`${name}${step}`);
      vi.advanceTimersByTime(1);
    }
  };
  setImmediate(() => order.push('other'));
  await Promise.all([work('a'), work('b')]);
  expect(order).toEqual(['a1', 'b1', 'other', 'a2', 'b2', 'a3', 'b3']);
});
