import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FrameQueue } from '../../src/page/app/frame-queue.js';

const frames: (() => void)[] = [];

beforeEach(() => {
  frames.length = 0;
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
});
afterEach(() => vi.unstubAllGlobals());

/** Adds work by name, with its costs. Returns the names of what was done. */
function addAll(queue: FrameQueue, work: readonly (readonly [string, number])[]): string[] {
  const done: string[] = [];
  for (const [name, cost] of work) queue.add(() => done.push(name), cost);
  return done;
}

/** Draws frames until none is asked for. Returns what each of them did. */
function drawAll(done: string[]): string[] {
  const drawn: string[] = [];
  for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) {
    frame();
    drawn.push(done.splice(0).join(' '));
  }
  return drawn;
}

test('a frame does what it has room for, in the order in which it was added', () => {
  const queue = new FrameQueue(4);
  const done = addAll(queue, [
    ['a', 3],
    ['b', 1],
    ['c', 1],
    ['d', 3],
    ['e', 3],
  ]);
  expect(drawAll(done)).toEqual(['a b', 'c d', 'e']);
});

test('work that costs more than a frame has room for is done alone', () => {
  const queue = new FrameQueue(2);
  const done = addAll(queue, [
    ['a', 1],
    ['large', 9],
    ['b', 1],
  ]);
  expect(drawAll(done)).toEqual(['a', 'large', 'b']);
});

test('work that waits is done once, or not at all when it is deleted', () => {
  const queue = new FrameQueue(9);
  const done: string[] = [];
  const twice = () => done.push('twice');
  const deleted = () => done.push('deleted');
  queue.add(twice, 1);
  queue.add(deleted, 1);
  queue.add(twice, 1);
  queue.delete(deleted);
  expect(drawAll(done)).toEqual(['twice']);
  queue.add(twice, 1);
  expect(drawAll(done)).toEqual(['twice']);
});
