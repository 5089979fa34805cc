import { bulkhead } from 'cockatiel';
import { expect, test } from 'vitest';
import { instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

test('publishes the rejection of a call by a full bulkhead', async () => {
  const recorded = recordEvents();
  const policy = instrumented(bulkhead(1));
  await Promise.all([policy.execute(async () => 1), settled(policy.execute(async () => 2))]);
  expect(recorded.names()).toEqual(['call.bulkhead_rejected']);
});
