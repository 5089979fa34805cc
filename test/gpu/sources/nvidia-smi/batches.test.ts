import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Batch, BatchAssembler } from '../../../../src/gpu/sources/nvidia-smi/batches.js';

let blocks: Batch[];
let assembler: BatchAssembler;
const feed = (...lines: string[]) => lines.map((line) => assembler.push(line));
const lines = () => blocks.map((block) => block.lines);

function assemble(...columns: string[]): void {
  blocks = [];
  assembler = new BatchAssembler(
    () => columns,
    (block) => blocks.push(block),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  assemble('index', 'count', 'name');
});
afterEach(() => void vi.useRealTimers());

it('a round is over with as many rows as there are GPUs, at once', () => {
  feed('0, 2, A', '1, 2, B', '0, 2, A');
  expect(lines()).toEqual([['0, 2, A', '1, 2, B']]);
  feed('1, 2, B');
  expect(lines()).toHaveLength(2);
});

it('a lost GPU makes a round shorter: the next round ends it', () => {
  feed('0, 3, A', '2, 3, C', '0, 3, A');
  expect(lines()).toEqual([['0, 3, A', '2, 3, C']]);
});

it('or a time without a line does, and the round is of the time of its last row', () => {
  const at = performance.now();
  feed('0, 2, A');
  vi.advanceTimersByTime(999);
  expect(blocks).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(blocks).toEqual([{ lines: ['0, 2, A'], rows: 1, at }]);
});

it('time between two GPUs is part of the round', () => {
  feed('0, 2, A');
  vi.advanceTimersByTime(900);
  feed('1, 2, B');
  expect(lines()).toEqual([['0, 2, A', '1, 2, B']]);
});

it('without the number of GPUs, the index and the time tell', () => {
  assemble('index', 'name');
  feed('0, A', '1, B', '0, A', '1, B');
  vi.advanceTimersByTime(1000);
  expect(lines()).toEqual([
    ['0, A', '1, B'],
    ['0, A', '1, B'],
  ]);
});

it('what is no row belongs to the round', () => {
  expect(feed('GPU is lost.', '0, 1, A', '0, 1', 'x, 1, A')).toEqual([false, true, false, false]);
  expect(lines()).toEqual([['GPU is lost.', '0, 1, A']]);
});

it('words alone are a round too, of the time of the first, even if more come all the time', () => {
  const at = performance.now();
  feed('GPU is lost.');
  for (let time = 0; time < 900; time += 90) {
    vi.advanceTimersByTime(90);
    feed('GPU is lost.');
  }
  expect(blocks).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(blocks).toMatchObject([{ rows: 0, at }]);
});

it('empty lines are nothing', () => {
  expect(feed('', '0, 2, A', '  ', '1, 2, B', '')).toEqual([false, true, false, true, false]);
  vi.advanceTimersByTime(5000);
  expect(lines()).toEqual([['0, 2, A', '1, 2, B']]);
});

it('lines without end are not kept', () => {
  for (let line = 0; line < 10_000; line++) feed('noise');
  feed('0, 1, A');
  expect(lines()[0]?.length).toBe(512);
});

it('forgets a round that was cut off', () => {
  feed('0, 2, A');
  assembler.reset();
  feed('1, 2, B');
  vi.advanceTimersByTime(1000);
  expect(lines()).toEqual([['1, 2, B']]);
});
