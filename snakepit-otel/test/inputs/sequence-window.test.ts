import { expect, test } from 'vitest';
import { randomFrom } from '../../../test/helpers/random.js';
import { DUPLICATE, SequenceWindow } from '../../src/inputs/sequence-window.js';

const WINDOW = 1024;

test('accepts numbers in order', () => {
  const window = new SequenceWindow();
  for (let seq = 0; seq < 5000; seq++) expect(window.add(seq)).toBe(0);
});

test('reports a missing number as lost once 1,024 later ones came, and not before', () => {
  const window = new SequenceWindow();
  window.add(0);
  // 1 is missing.
  for (let seq = 2; seq < 1 + WINDOW; seq++) expect(window.add(seq)).toBe(0);
  expect(window.add(1 + WINDOW)).toBe(1);
  expect(window.add(2 + WINDOW)).toBe(0);
  expect(window.add(1)).toBe(DUPLICATE);
});

test('accepts a late number within the window once', () => {
  const window = new SequenceWindow();
  for (const seq of [0, 1, 3, 4]) window.add(seq);
  expect(window.add(2)).toBe(0);
  expect(window.add(2)).toBe(DUPLICATE);
});

test('does not count numbers before the first one as lost, and accepts them if they come', () => {
  const window = new SequenceWindow();
  expect(window.add(700)).toBe(0);
  expect(window.add(699)).toBe(0);
  expect(window.add(699)).toBe(DUPLICATE);
  for (let seq = 701; seq < 4000; seq++) expect(window.add(seq)).toBe(0);
});

test('takes a jump of more than a million for a restart', () => {
  const window = new SequenceWindow();
  window.add(0);
  window.add(2);
  expect(window.add(5_000_000)).toBe(1);
  expect(window.add(5_000_001)).toBe(0);
});

test('gives up missing numbers once', () => {
  const window = new SequenceWindow();
  for (const seq of [0, 3, 4, 8]) window.add(seq);
  expect(window.giveUp()).toBe(5);
  expect(window.giveUp()).toBe(0);
  expect(window.add(5)).toBe(DUPLICATE);
});

test.each([1, 2, 3, 4, 5])('agrees with a plain set of numbers, seed %i', (seed) => {
  const random = randomFrom(seed);
  const window = new SequenceWindow();
  const seen = new Set<number>();
  let [next, accepted, lost, highest] = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) {
    const choice = random();
    // In order, a gap that may exceed the window, or one that was numbered before.
    if (choice < 0.002) next += Math.floor(random() * 3000);
    const seq = choice < 0.9 || i === 0 ? next++ : Math.floor(highest - random() * 2000);
    if (seq < 0) continue;
    const isNew = !seen.has(seq) && seq > highest - WINDOW;
    const result = window.add(seq);
    expect(result === DUPLICATE).toBe(!isNew);
    if (result === DUPLICATE) continue;
    seen.add(seq);
    accepted++;
    lost += result;
    highest = Math.max(highest, seq);
  }
  expect(accepted + lost + window.giveUp()).toBe(highest + 1);
});
