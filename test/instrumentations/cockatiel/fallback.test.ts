import { fallback, handleType } from 'cockatiel';
import { expect, test } from 'vitest';
import { fail, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

test('publishes the fallback from a failure that the policy handles', async () => {
  const recorded = recordEvents();
  const policy = instrumented(fallback(handleType(RangeError), 'instead'));
  expect(await policy.execute(fail)).toBe('instead');
  expect(await policy.execute(() => 'own')).toBe('own');
  expect(await settled(policy.execute(() => Promise.reject(new TypeError('other'))))).toBeInstanceOf(
    TypeError,
  );
  expect(recorded.names()).toEqual(['call.fallback']);
  expect(recorded.all('call.fallback')[0]?.metadata).toEqual({ pool: 'p', error: 'RangeError' });
});
