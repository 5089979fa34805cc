import { expect, test } from 'vitest';
import { parsePythonError } from '../../src/errors/python-error.js';
import { compileTemplate, type PlaceholderKind } from '../../src/errors/template.js';

const KINDS = { size: 'bytes', on: 'device', at: 'integer', of: 'shape', named: 'word' } satisfies Record<
  string,
  PlaceholderKind
>;
const match = (template: string, message: string) =>
  compileTemplate(template, KINDS)(parsePythonError({ message }))?.map(({ text }) => text);

test('placeholders match values, the rest is literal', () => {
  expect(match('want {size} on {on} (at {at})', 'So: want 2.0 GiB on cuda:1 (at -1)!')).toEqual([
    '2.0 GiB',
    'cuda:1',
    '-1',
  ]);
  expect(match('want {size} on {on} (at {at})', 'want 2.0 GiB on cuda:1 at -1')).toBeUndefined();
  expect(match('a.b', 'axb')).toBeUndefined();
});

test.each(['(3, 4)', '[3, 4]', '3x4', '3 x 4', 'torch.Size([3, 4])', '(torch.Size([3, 4]))', '{3,4}'])(
  'a shape matches in the notation %s',
  (shape) => {
    expect(match('of {of} and', `of ${shape} and`)?.[0]?.replace(/\s/g, '')).toMatch(/^3[,x]4$/);
  },
);

test.each(["'Half'", 'struct c10::Half', '(tensor(Half))', "dtype('Half')"])(
  'a word matches in the notation %s',
  (word) => {
    expect(match('is {named} !', `is ${word} !`)?.[0]).toMatch(/Half$/);
  },
);

test('case and white space are ignored', () => {
  expect(match('want {size} now', 'WANT\n  5  bytes\tNow')).toEqual(['5 bytes']);
});

test('… matches up to 160 characters', () => {
  expect(match('from … to {at}', `from ${'x'.repeat(100)} to 7`)).toEqual(['7']);
  expect(match('from … to {at}', `from ${'x'.repeat(200)} to 7`)).toBeUndefined();
});

test('a placeholder can override the kind of its key', () => {
  expect(compileTemplate('got {at:shape}', KINDS)(parsePythonError({ message: 'got [1, 2]' }))).toEqual([
    { key: 'at', kind: 'shape', text: '1, 2' },
  ]);
});

test('an unknown placeholder or kind is rejected', () => {
  expect(() => compileTemplate('{what}', KINDS)).toThrow(
    new TypeError('Unknown placeholder {what}. Allowed: size, on, at, of, named.'),
  );
  expect(() => compileTemplate('{at:nothing}', KINDS)).toThrow(
    new TypeError('Unknown kind in placeholder {at:nothing}. Allowed: bytes, device, integer, shape, word.'),
  );
});
