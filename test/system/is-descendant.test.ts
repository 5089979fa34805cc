import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { isDescendant } from '../../src/system/is-descendant.js';

test.skipIf(process.platform !== 'linux')(
  'returns true for this process and those it started, directly or not',
  async () => {
    const program = `const { pid } = require('child_process').spawn('sleep', ['60']); console.log(pid)`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [output] = await new Promise<Buffer[]>((resolve) =>
      child.stdout.once('data', (data) => resolve([data])),
    );
    const grandchild = Number(String(output));
    onTestFinished(() => {
      child.kill();
      process.kill(grandchild);
    });
    expect([process.pid, child.pid ?? 0, grandchild].map(isDescendant)).toEqual([true, true, true]);
    expect([1, process.ppid, 2 ** 22 + 1].map(isDescendant)).toEqual([false, false, false]);
  },
);
