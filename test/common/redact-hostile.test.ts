import { test } from 'vitest';
import { redact } from '../../src/common/redact.js';
import { expectLinearCost, hostileCases } from '../helpers/linear-cost.js';

test.each(hostileCases)('the cost of a megabyte of %j is linear in its length', (_, i) => {
  expectLinearCost(i, redact);
});
