import { expect } from 'vitest';
import { INSTALLING, run, test } from './packed.js';

test(
  'the ES module and the CommonJS copy in one process share one bus and count each event once',
  INSTALLING,
  async ({ host }) => {
    expect(JSON.parse(await run(await host('sdk2'), ['copies.mjs']))).toEqual({
      copies: 2,
      received: ['default'],
      counted: [1],
      spans: ['work'],
      takenId: 'SNAKEPIT_HANDLER_EXISTS',
      detached: true,
    });
  },
);
