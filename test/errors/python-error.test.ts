import { expect, test } from 'vitest';
import { classifyPythonError } from '../../src/index.js';

test('an error whose fields cannot be read is classified', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = {
    get message() {
      throw new Error('unreadable');
    },
  };
  for (const error of [proxy, hostile]) {
    expect(classifyPythonError(error).event).toBe('snakepit.error.python_exception');
  }
});
