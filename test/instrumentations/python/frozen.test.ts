import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { instrumentedHost } from '../../helpers/sdk.js';

test('a host that has frozen the objects of Node starts its processes without spans', async () => {
  Object.freeze(ChildProcess.prototype);
  const host = instrumentedHost({ instrumentations: { python: { requireParentSpan: false } } });
  const [code] = await once(spawn('python3', ['-c', 'pass']), 'exit');
  expect(code).toBe(0);
  expect(host.spans()).toEqual([]);
});
