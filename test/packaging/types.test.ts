import { join } from 'node:path';
import { expect } from 'vitest';
import { findings, INSTALLING, test } from './packed.js';
import { ROOT } from './tarball.js';

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');

test.for(['sdk2', 'sdk3'] as const)(
  'the public types compile in ES modules and CommonJS with library checks on: %s',
  INSTALLING,
  async (name, { host }) => {
    expect(await findings((await host(name)).folder, [tsc, '-p', '.'])).toBe('');
  },
);
