import type { Located } from './values.js';

/** Whole numbers that are not part of a word, a version, a path or a time, nor the position of a dimension. */
const NUMBER = /(?<![\w.:/-]|\b(?:dim|dimension|axis) )\d{1,15}(?![\w/]|\.\d)/g;
const MAX_COUNTS = 64;

/** Returns the distinct numbers in the text, each as a shape of one dimension. */
export function countsIn(text: string): Located<number[]>[] {
  const found = new Map<number, Located<number[]>>();
  for (const { 0: digits, index } of text.matchAll(NUMBER)) {
    const value = Number(digits);
    if (!found.has(value)) found.set(value, { value: [value], from: index, to: index + digits.length });
    if (found.size === MAX_COUNTS) break;
  }
  return [...found.values()];
}
