import { expect, test } from 'vitest';
import { randomFrom } from '../../../test/helpers/random.js';
import { HttpBatch } from '../../src/inputs/http-batch.js';
import { LineBatch } from '../../src/inputs/line-batch.js';
import { countLines, LineBuffer, type Lines } from '../../src/inputs/line-buffer.js';

function readAll({ bytes, count }: Lines): string[] {
  const batch = new LineBatch(new HttpBatch(), bytes, count);
  const texts: string[] = [];
  for (let text = batch.read(); text !== undefined; text = batch.read()) texts.push(text);
  return texts;
}

test.each([1, 2, 3])('returns the lines of a stream however it is cut, seed %i', (seed) => {
  const random = randomFrom(seed);
  const texts = Array.from({ length: 2000 }, (_, i) =>
    '€'.repeat(random() < 0.02 ? 9000 * random() : 20 * random()).concat(String(i)),
  );
  const stream = Buffer.from(texts.join('\n'));
  const buffer = new LineBuffer(() => {
    throw new Error('no line is too long');
  });
  const read: string[] = [];
  for (let offset = 0; offset < stream.length; ) {
    const end = offset + 1 + Math.floor(random() ** 4 * 70_000);
    const lines = buffer.push(stream.subarray(offset, end));
    if (lines !== undefined) read.push(...readAll(lines));
    offset = end;
  }
  const rest = buffer.takeRest();
  if (rest !== undefined) read.push(...readAll(rest));
  expect(read).toEqual(texts);
});

test('skips a line of more than 64 KiB and goes on with the next one', () => {
  let tooLong = 0;
  const buffer = new LineBuffer(() => tooLong++);
  const read: string[] = [];
  for (const chunk of ['a\nb', 'x'.repeat(40_000), 'x'.repeat(40_000), 'x'.repeat(40_000), '\nc\n']) {
    const lines = buffer.push(Buffer.from(chunk));
    if (lines !== undefined) read.push(...readAll(lines));
  }
  expect({ read, tooLong }).toEqual({ read: ['a', 'c'], tooLong: 1 });
});

test.each([1, 2, 3, 100])(
  'leaves out the byte order mark at the beginning only, in chunks of %i bytes',
  (size) => {
    const stream = Buffer.from('\ufeffa\n\ufeffb\nc');
    const buffer = new LineBuffer(() => {});
    const read: string[] = [];
    for (let offset = 0; offset < stream.length; offset += size) {
      const lines = buffer.push(stream.subarray(offset, offset + size));
      if (lines !== undefined) read.push(...readAll(lines));
    }
    const rest = buffer.takeRest();
    if (rest !== undefined) read.push(...readAll(rest));
    expect(read).toEqual(['a', '\ufeffb', 'c']);
  },
);

test('returns a part of a byte order mark that nothing follows', () => {
  const buffer = new LineBuffer(() => {});
  expect(buffer.push(Buffer.from([0xef, 0xbb]))).toBeUndefined();
  expect(buffer.takeRest()).toEqual({ bytes: Buffer.from([0xef, 0xbb]), count: 1 });
  expect(buffer.takeRest()).toBeUndefined();
});

test('keeps little of a line that comes one byte at a time', () => {
  const buffer = new LineBuffer(() => {});
  for (let i = 0; i < 60_000; i++) expect(buffer.push(Buffer.from('x'))).toBeUndefined();
  expect(buffer.push(Buffer.from('\n'))?.bytes.length).toBe(60_001);
});

test.each([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\nb', 2],
  ['\n\n', 2],
])('counts the lines of %j', (text, count) => {
  expect(countLines(Buffer.from(text))).toBe(count);
});

test('stops counting above the limit', () => {
  expect(countLines(Buffer.from('\n'.repeat(1000)), 10)).toBe(11);
});
