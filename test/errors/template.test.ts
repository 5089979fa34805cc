import { expect, test } from 'vitest';
import { parsePythonError } from '../../src/errors/python-error.js';
import { type Kind, template } from '../../src/errors/template.js';

const KINDS = { size: 'bytes', on: 'device', at: 'integer', of: 'shape', named: 'word' } satisfies Record<
  string,
  Kind
>;
const read = (wording: string, message: string) =>
  template(wording, KINDS)(parsePythonError({ message }))?.map(({ text }) => text);

test('placeholders are read, the rest is literal', () => {
  expect(read('want {size} on {on} (at {at})', 'So: want 2.0 GiB on cuda:1 (at -1)!')).toEqual([
    '2.0 GiB',
    'cuda:1',
    '-1',
  ]);
  expect(read('want {size} on {on} (at {at})', 'want 2.0 GiB on cuda:1 at -1')).toBeUndefined();
  expect(read('a.b', 'axb')).toBeUndefined();
});

test.each(['(3, 4)', '[3, 4]', '3x4', '3 x 4', 'torch.Size([3, 4])', '(torch.Size([3, 4]))', '{3,4}'])(
  'a shape may be written as %s',
  (shape) => {
    expect(read('of {of} and', `of ${shape} and`)?.[0]?.replace(/\s/g, '')).toMatch(/^3[,x]4$/);
  },
);

test.each(["'Half'", 'struct c10::Half', '(tensor(Half))', "dtype('Half')"])(
  'a word may be written as %s',
  (word) => {
    expect(read('is {named} !', `is ${word} !`)?.[0]).toMatch(/Half$/);
  },
);

test('upper case, lower case and white space make no difference', () => {
  expect(read('want {size} now', 'WANT\n  5  bytes\tNow')).toEqual(['5 bytes']);
});

test('a gap is up to 160 characters', () => {
  expect(read('from … to {at}', `from ${'x'.repeat(100)} to 7`)).toEqual(['7']);
  expect(read('from … to {at}', `from ${'x'.repeat(200)} to 7`)).toBeUndefined();
});

test('a placeholder can be of another kind than its key', () => {
  expect(template('got {at:shape}', KINDS)(parsePythonError({ message: 'got [1, 2]' }))).toEqual([
    { key: 'at', kind: 'shape', text: '1, 2' },
  ]);
});

test('a placeholder of no kind is refused', () => {
  expect(() => template('{what}', KINDS)).toThrow(TypeError);
  expect(() => template('{at:nothing}', KINDS)).toThrow(TypeError);
});
