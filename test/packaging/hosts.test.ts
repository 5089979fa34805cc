import { expect } from 'vitest';
import { INSTALLING, run, test } from './packed.js';

const RECEIVED = {
  attached: ['default'],
  spans: ['postprocess', 'inference'],
  parented: true,
  attributes: { 'snakepit.pool': 'default' },
  spanEvents: ['snakepit.circuit_breaker.opened'],
  opened: [{ value: 1, attributes: { pool: 'default', reason: 'failures' } }],
  // The first is not sampled any more by the second collection.
  gpus: [['cuda:0', 'cuda:1'], ['cuda:1']],
  logs: ['Circuit breaker OPENED for pool=default: 5 failures'],
  correlated: true,
};
const PROGRAMS = ['telemetry.mjs', 'telemetry.cjs'];

test.for(PROGRAMS)(
  'registered with NodeSDK, spans, metrics and logs arrive: %s',
  INSTALLING,
  async (program, { host }) => {
    expect(JSON.parse(await run(await host('sdk2'), [program]))).toEqual(RECEIVED);
  },
);

test.for(PROGRAMS)(
  'on SDK 3.x and Node 24, spans, metrics and logs arrive: %s',
  INSTALLING,
  async (program, { host }) => {
    const sdk3 = await host('sdk3');
    expect(await run(sdk3, ['--version'])).toMatch(/^v24\./);
    expect(JSON.parse(await run(sdk3, [program]))).toEqual(RECEIVED);
  },
);

// Registering hands over a logger; without it, the one of the API's own global has to be found.
test(
  'on SDK 3.x, they arrive from an instrumentation that nobody registered',
  INSTALLING,
  async ({ host }) => {
    expect(JSON.parse(await run(await host('sdk3'), ['telemetry.mjs', '--unregistered']))).toEqual(RECEIVED);
  },
);
