import { expect, test } from 'vitest';
import { tokenUsage } from '../../../src/instrumentations/transformers/tokens.js';

const tensor = (...dims: number[]) => ({ dims });
const mask = (rows: readonly (readonly number[])[], location = 'cpu') => ({
  dims: [rows.length, rows[0]?.length],
  location,
  data: BigInt64Array.from(rows.flat().map(BigInt)),
});

test('a model that repeats its input has generated the rest of the result', () => {
  expect(tokenUsage({ input_ids: tensor(2, 5) }, tensor(2, 9), false)).toEqual({
    input_tokens: 10,
    output_tokens: 8,
  });
  expect(tokenUsage({ inputs: tensor(1, 5) }, { sequences: tensor(1, 6) }, false)).toEqual({
    input_tokens: 5,
    output_tokens: 1,
  });
});

test('the result of an encoder-decoder starts with the tokens that its decoder was started with', () => {
  expect(tokenUsage({ input_ids: tensor(2, 5) }, tensor(2, 4), true)).toEqual({
    input_tokens: 10,
    output_tokens: 6,
  });
  const input = { input_features: tensor(1, 80, 3000), decoder_input_ids: [50258, 50259] };
  expect(tokenUsage(input, tensor(1, 12), true)).toEqual({ input_tokens: undefined, output_tokens: 10 });
  const rows = { ...input, decoder_input_ids: [[50258], [50258]] };
  expect(tokenUsage(rows, tensor(2, 3), true).output_tokens).toBe(4);
});

test('padding is no input, as far as the mask can be read', () => {
  const input_ids = tensor(2, 3);
  const rows = [
    [0, 0, 1],
    [1, 1, 1],
  ];
  const inputs = (attention_mask: unknown) =>
    tokenUsage({ input_ids, attention_mask }, tensor(2, 4), false).input_tokens;
  expect(inputs(mask(rows))).toBe(4);
  expect(inputs(mask(rows, 'gpu-buffer'))).toBe(6);
  expect(inputs(mask([[1, 1]]))).toBe(6);
  expect(inputs({ dims: [2, 3], location: 'cpu' })).toBe(6);
});

test('tokens that cannot be known are absent', () => {
  const unknown = { input_tokens: undefined, output_tokens: undefined };
  for (const parameters of [undefined, null, 'text', {}, { input_ids: tensor(2, 3, 4) }]) {
    expect(tokenUsage(parameters, tensor(1, 4), false)).toEqual(unknown);
  }
  for (const result of [undefined, 'text', tensor(1, 2), tensor(3), { dims: [1, Number.NaN] }]) {
    expect(tokenUsage({ input_ids: tensor(1, 4) }, result, false).output_tokens).toBeUndefined();
  }
});

test.for(['gpu-buffer', 'none'])('the data of a mask on %s is not read', (location) => {
  const unreadable = Object.defineProperty({ dims: [1, 5], location }, 'data', {
    get() {
      throw new Error('not on CPU');
    },
  });
  const parameters = { input_ids: tensor(1, 5), attention_mask: unreadable };
  expect(tokenUsage(parameters, tensor(1, 6), false)).toEqual({ input_tokens: 5, output_tokens: 1 });
});
