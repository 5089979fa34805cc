import { expect, test } from 'vitest';
import { addModel, nameOfId } from '../../../src/instrumentations/transformers/models.js';

test.for<[unknown, string]>([
  ['Xenova/all-MiniLM-L6-v2', 'Xenova/all-MiniLM-L6-v2'],
  ['gpt2', 'gpt2'],
  ['/home/jane/models/gpt2', 'gpt2'],
  ['/home/jane/models/gpt2/', 'gpt2'],
  ['./models/gpt2', 'gpt2'],
  ['C:\\Users\\jane\\gpt2', 'gpt2'],
  ['https://user:password@models.example/gpt2', 'gpt2'],
  ['/', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('the model %j is named %j: an id, or the last part of a path', ([id, name]) => {
  expect(nameOfId(id)).toBe(name);
});

test('the name of a model is bounded', () => {
  expect(nameOfId('x'.repeat(1000))).toBe('x'.repeat(128));
});

test('the session that computes the next token is neither the encoder nor that of embeddings', () => {
  const [one, other] = [{}, {}];
  const decoderOf = (sessions: object) => addModel({ sessions }, {}).decoder;
  expect(decoderOf({ model: one, decoder_model_merged: other })).toBe(other);
  expect(decoderOf({ embed_tokens: one, decoder_model_merged: other })).toBe(other);
  expect(decoderOf({ model: one })).toBe(one);
  expect(decoderOf({ vision_encoder: one })).toBeUndefined();
});
