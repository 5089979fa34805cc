import { expect } from 'vitest';
import { INSTALLING, run, test } from './packed.js';

const RECEIVED = {
  attached: ['default'],
  spans: ['inference', 'postprocess'],
  parented: true,
  attributes: { 'snakepit.pool': 'default' },
  spanEvents: ['snakepit.circuit_breaker.opened'],
  opened: [{ value: 1, attributes: { pool: 'default', reason: 'failures' } }],
  // cuda:0 is stale by the second collection.
  gpus: [['cuda:0', 'cuda:1'], ['cuda:1']],
  logs: ['Circuit breaker OPENED for pool=default: 5 failures'],
  correlated: true,
};
const PROGRAMS = ['telemetry.mjs', 'telemetry.cjs'];

test.for(PROGRAMS)(
  'exports spans, metrics and logs through NodeSDK of SDK 2.x: %s',
  INSTALLING,
  async (program, { host }) => {
    expect(JSON.parse(await run(await host('sdk2'), [program]))).toEqual(RECEIVED);
  },
);

test.for(PROGRAMS)(
  'exports spans, metrics and logs on SDK 3.x and Node 24: %s',
  INSTALLING,
  async (program, { host }) => {
    const sdk3 = await host('sdk3');
    expect(await run(sdk3, ['--version'])).toMatch(/^v24\./);
    expect(JSON.parse(await run(sdk3, [program]))).toEqual(RECEIVED);
  },
);

// registerInstrumentations() sets a logger. Without it, the instrumentation must find the logger of the API's global.
test(
  'exports spans, metrics and logs on SDK 3.x without registerInstrumentations',
  INSTALLING,
  async ({ host }) => {
    expect(JSON.parse(await run(await host('sdk3'), ['telemetry.mjs', '--unregistered']))).toEqual(RECEIVED);
  },
);
