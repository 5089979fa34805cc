import { join } from 'node:path';
import { expect } from 'vitest';
import { complaints, INSTALLING, test } from './packed.js';
import { ROOT } from './tarball.js';

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');

test.for(['sdk2', 'sdk3'] as const)(
  'the public types hold in ES modules and CommonJS, with those of all libraries checked: %s',
  INSTALLING,
  async (name, { host }) => {
    expect(await complaints((await host(name)).folder, [tsc, '-p', '.'])).toBe('');
  },
);
