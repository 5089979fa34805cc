import { expect, test } from 'vitest';
import { readElixirError } from '../../src/errors/elixir-error.js';

test.each([
  [
    '%Snakepit.Error.AttributeError{message: "Tool \'no_such_tool\' not found", context: %{"a" => "b"}}',
    { type: 'AttributeError', message: "Tool 'no_such_tool' not found" },
  ],
  [
    '%Snakepit.Error.ValueError{message: "said \\"no\\"\\nand left", context: %{}}',
    { type: 'ValueError', message: 'said "no"\nand left' },
  ],
  [
    '%Snakepit.Error.RuntimeError{message: "CUDA out of memory. Tried to allocate… (cut',
    { type: 'RuntimeError', message: 'CUDA out of memory. Tried to allocate… (cut' },
  ],
  ['%Snakepit.Error{category: :timeout, message: "timed out"}', { message: 'timed out' }],
  ['{:error, :timeout}', { message: '{:error, :timeout}' }],
])('reads %s', (text, error) => {
  expect(readElixirError(text)).toEqual(error);
});
