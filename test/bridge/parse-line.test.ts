import { describe, expect, test } from 'vitest';
import { MAX_LINE_BYTES, parseWireLine } from '../../src/bridge/parse-line.js';

const parsed = (line: string) => {
  const result = parseWireLine(line);
  return 'wire' in result ? result.wire : result.refusal;
};

describe('a line', () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['{"a":NaN,"b":Infinity,"c":-Infinity,"d":-1}', { a: null, b: null, c: null, d: -1 }],
    ['{"a":[NaN,{"b":NaN}],"c":"NaN \\" Infinity"}', { a: [null, { b: null }], c: 'NaN " Infinity' }],
    ['{"NaN":NaN,"\\\\":Infinity}', { NaN: null, '\\': null }],
    ['{"a":1180591620717411303424}\r', { a: 2 ** 70 }],
    ['{"event":"x","metadata":{"s":"\\u017e\\u2028\\n"}}', { event: 'x', metadata: { s: 'ž\u2028\n' } }],
  ])('of %s is read', (line, expected) => {
    expect(parsed(line)).toEqual(expected);
  });

  test.each([
    ['', 'line_malformed'],
    ['{"a":', 'line_malformed'],
    ['{"a":NaNa}', 'line_malformed'],
    ['{"a":+Infinity}', 'line_malformed'],
    ['{"a":"NaN}', 'line_malformed'],
    ['[NaN]', 'not_an_object'],
    ['NaN', 'not_an_object'],
    ['"text"', 'not_an_object'],
    [`{"a":"${'x'.repeat(MAX_LINE_BYTES)}"}`, 'line_too_long'],
  ])('of %.40s is refused', (line, refusal) => {
    expect(parsed(line)).toBe(refusal);
  });
});

describe('a hostile line takes time in proportion to its length', () => {
  const LENGTH = MAX_LINE_BYTES - 8;
  test.each([
    ['escaped quotes', `NaN${'\\"'.repeat(LENGTH / 2)}`],
    ['quotes', `NaN${'"'.repeat(LENGTH)}`],
    ['literals', '-Infinity,'.repeat(LENGTH / 10)],
    ['minus signs', `NaN${'-'.repeat(LENGTH)}`],
    ['deep lists', `NaN${'['.repeat(LENGTH)}`],
  ])('%s', (_, line) => {
    const begin = performance.now();
    for (let i = 0; i < 20; i++) expect(parsed(line)).toBe('line_malformed');
    // A quadratic scan takes seconds for each line.
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});
