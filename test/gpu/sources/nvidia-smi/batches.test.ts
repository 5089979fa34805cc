import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Batch, BatchAssembler } from '../../../../src/gpu/sources/nvidia-smi/batches.js';

let batches: Batch[];
let assembler: BatchAssembler;
const feed = (...lines: string[]) => lines.map((line) => assembler.push(line));
const lines = () => batches.map((batch) => batch.lines);

function assemble(...columns: string[]): void {
  batches = [];
  assembler = new BatchAssembler(
    () => columns,
    (batch) => batches.push(batch),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  assemble('index', 'count', 'name');
});
afterEach(() => void vi.useRealTimers());

it('completes a batch at once when it has as many rows as there are GPUs', () => {
  feed('0, 2, A', '1, 2, B', '0, 2, A');
  expect(lines()).toEqual([['0, 2, A', '1, 2, B']]);
  feed('1, 2, B');
  expect(lines()).toHaveLength(2);
});

it('completes a batch that lacks the row of a lost GPU when the next batch starts', () => {
  feed('0, 3, A', '2, 3, C', '0, 3, A');
  expect(lines()).toEqual([['0, 3, A', '2, 3, C']]);
});

it('completes a batch that lacks a row after half a minute without a line, with the time of its last row', () => {
  const at = performance.now();
  feed('0, 2, A');
  vi.advanceTimersByTime(29_999);
  expect(batches).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(batches).toEqual([{ lines: ['0, 2, A'], rows: 1, isShort: true, at }]);
});

it('keeps rows together that are seconds apart, as with slow GPUs', () => {
  feed('0, 4, A');
  for (const row of ['1, 4, B', '2, 4, C', '3, 4, D']) {
    vi.advanceTimersByTime(1300);
    feed(row);
  }
  expect(batches).toMatchObject([{ rows: 4, isShort: false }]);
});

it('completes a batch by index and time if the number of GPUs is missing', () => {
  assemble('index', 'name');
  feed('0, A', '1, B', '0, A', '1, B');
  vi.advanceTimersByTime(1000);
  expect(lines()).toEqual([
    ['0, A', '1, B'],
    ['0, A', '1, B'],
  ]);
});

it('adds lines that are not rows to the batch', () => {
  expect(feed('GPU is lost.', '0, 1, A', '0, 1', 'x, 1, A')).toEqual([false, true, false, false]);
  expect(lines()).toEqual([['GPU is lost.', '0, 1, A']]);
});

it('completes a batch without rows a second after its first line, even if more lines follow', () => {
  const at = performance.now();
  feed('GPU is lost.');
  for (let time = 0; time < 900; time += 90) {
    vi.advanceTimersByTime(90);
    feed('GPU is lost.');
  }
  expect(batches).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(batches).toMatchObject([{ rows: 0, at }]);
});

it('ignores empty lines', () => {
  expect(feed('', '0, 2, A', '  ', '1, 2, B', '')).toEqual([false, true, false, true, false]);
  vi.advanceTimersByTime(5000);
  expect(lines()).toEqual([['0, 2, A', '1, 2, B']]);
});

it('limits the number of lines in a batch', () => {
  for (let line = 0; line < 10_000; line++) feed('noise');
  feed('0, 1, A');
  expect(lines()[0]?.length).toBe(512);
});

it('discards an incomplete batch on reset', () => {
  feed('0, 2, A');
  assembler.reset();
  feed('1, 2, B');
  vi.advanceTimersByTime(30_000);
  expect(lines()).toEqual([['1, 2, B']]);
});
