import { TimeoutStrategy, timeout } from 'cockatiel';
import { expect, test } from 'vitest';
import { instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

test('publishes a timeout', async () => {
  const recorded = recordEvents();
  const policy = instrumented(timeout(1, TimeoutStrategy.Aggressive));
  await settled(policy.execute(() => new Promise(() => {})));
  expect(recorded.names()).toEqual(['call.timeout']);
});
