import { expect, test } from 'vitest';
import { DEFAULT_PAGE, parseAgentAddress } from '../../../src/cli/live/agent-address.js';
import { UI_PORT } from '../../../src/configuration/ui.js';

test('the default is where an agent serves its page by default', () => {
  expect(DEFAULT_PAGE).toBe(`http://127.0.0.1:${UI_PORT}`);
  expect(parseAgentAddress()).toEqual({ origin: DEFAULT_PAGE, token: undefined });
});

test.each([
  [':9000', 'http://127.0.0.1:9000', undefined],
  ['gpu-7:9000', 'http://gpu-7:9000', undefined],
  ['[::1]:9000', 'http://[::1]:9000', undefined],
  ['http://gpu-7:9000/?token=abc#/gpus', 'http://gpu-7:9000', 'abc'],
  ['https://user:secret@gpu-7/', 'https://gpu-7', undefined],
])('%j is the page at %j', (text, origin, token) => {
  expect(parseAgentAddress(text)).toEqual({ origin, token });
});

test.each(['', 'ftp://x', 'http://', 'a b'])('rejects %j', (text) => {
  expect(() => parseAgentAddress(text)).toThrow(`Invalid address: ${JSON.stringify(text)}`);
});
