import { expect, test } from 'vitest';
import { usageFields } from '../../../src/inputs/otlp/usage-protobuf.js';
import { lengthField } from '../../../src/inputs/protobuf.js';
import { spansOf } from './spans-of.js';

type Values = Record<string, string | number | boolean>;

/** Decodes the attributes with another library. */
const decoded = (attributes: Values) =>
  spansOf(lengthField(1, lengthField(2, lengthField(2, usageFields(attributes)))))[0]?.rest;

test('attributes of any kind and length are fields of a span', () => {
  const values: [string | number | boolean, object][] = [
    ['cuda:0', { stringValue: 'cuda:0' }],
    ['é'.repeat(28), { stringValue: 'é'.repeat(28) }],
    [true, { boolValue: true }],
    [false, { boolValue: false }],
    [0, { intValue: '0' }],
    [127, { intValue: '127' }],
    [128, { intValue: '128' }],
    [Number.MAX_SAFE_INTEGER, { intValue: String(Number.MAX_SAFE_INTEGER) }],
    [-1, { doubleValue: -1 }],
    [1.5e-9, { doubleValue: 1.5e-9 }],
    [1e300, { doubleValue: 1e300 }],
  ];
  const attributes: Values = Object.fromEntries(values.map(([value], i) => [`snakepit.gpu.${i}`, value]));
  const expected = values.map(([, value], i) => ({ key: `snakepit.gpu.${i}`, value }));
  expect(decoded(attributes)).toMatchObject({ attributes: expected });

  const long = 'x'.repeat(300);
  expect(decoded({ ...attributes, long })).toMatchObject({
    attributes: [...expected, { key: 'long', value: { stringValue: long } }],
  });
  expect(decoded({ ...attributes, [long]: 1 })).toMatchObject({
    attributes: [...expected, { key: long, value: { intValue: '1' } }],
  });
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${i}`, i]));
  expect(Object(decoded(many)).attributes).toHaveLength(40);
  expect(usageFields({})).toHaveLength(0);
});
