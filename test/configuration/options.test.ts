import { EventEmitter } from 'node:events';
import { expect, expectTypeOf, onTestFinished, test } from 'vitest';
import type { EVENT_MEMBERS } from '../../src/catalog/check-event.js';
import { ConfigurationError } from '../../src/configuration/configuration-error.js';
import {
  attach,
  attachLogger,
  attachMany,
  type CustomEventDefinition,
  detachLogger,
  GPUProfiler,
  instrumentBreaker,
  metricDefinitions,
  SnakepitInstrumentation,
  watchChildProcess,
} from '../../src/index.js';
import { CircuitBreaker } from '../helpers/opossum.js';

/** Functions of the API with options, and an option with a typing error. */
const FUNCTIONS: Record<string, [(options: never) => unknown, misspelled: string, right: string]> = {
  SnakepitInstrumentation: [(options) => new SnakepitInstrumentation(options), 'logLevl', 'logLevel'],
  GPUProfiler: [(options) => new GPUProfiler(options), 'interval', 'intervalMs'],
  'attachLogger()': [(options) => attachLogger(options), 'loger', 'logger'],
  'watchChildProcess()': [
    (options) => watchChildProcess(new EventEmitter(), options),
    'worker_id',
    'workerId',
  ],
  'instrumentBreaker()': [
    (options) => instrumentBreaker(new CircuitBreaker(async () => 1), options),
    'Pool',
    'pool',
  ],
  'metricDefinitions()': [(options) => metricDefinitions(options), 'gpuConvention', 'gpuConventions'],
};

const failure = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

for (const [owner, [call, misspelled, right]] of Object.entries(FUNCTIONS)) {
  test(`an unknown option of ${owner} is rejected with the nearest name`, () => {
    expect(failure(() => call({ [misspelled]: 1 } as never))).toMatchObject({
      code: 'SNAKEPIT_CONFIGURATION',
      message: expect.stringMatching(
        `^Invalid option of ${owner.replace('()', '\\(\\)')}: "${misspelled}"\\. Allowed: .*${right}.*\\. Did you mean "${right}"\\?$`,
      ),
    });
  });

  test.each([null, 7, 'text', []])(`options of ${owner} that are %j are rejected`, (options) => {
    expect(failure(() => call(options as never))).toMatchObject({
      code: 'SNAKEPIT_CONFIGURATION',
      message: expect.stringContaining(`Invalid ${owner}: `),
    });
  });
}

test('options that are undefined have their defaults', () => {
  attachLogger({ logger: undefined, level: undefined, includeSensitive: undefined });
  onTestFinished(() => detachLogger());
  new SnakepitInstrumentation({ enabled: false, events: undefined, logLevel: undefined });
});

test.each([
  ['includeSensitive', 'false', 'true, false'],
  ['metrics', {}, 'a list'],
  ['events', [], 'an object'],
  ['spanGpu', 'cuda', 'auto, or a device'],
])('the option %s of SnakepitInstrumentation is not %j', (key, value, allowed) => {
  const config = { enabled: false, [key]: value };
  expect(failure(() => new SnakepitInstrumentation(config))).toMatchObject({
    code: 'SNAKEPIT_CONFIGURATION',
    setting: key,
    allowed: expect.stringContaining(allowed),
  });
});

const source = { name: 'mine', sample: async () => ({ readings: [], faults: [] }), close: async () => {} };
test.each([
  ['name', { ...source, name: undefined }],
  ['sample()', { ...source, sample: 7 }],
  ['close()', { ...source, close: undefined }],
  ['sampleFast()', { ...source, sampleFast: true }],
  ['setSamplingInterval()', { ...source, setSamplingInterval: 100 }],
])('a source of GPU readings without a valid %s is rejected', (member, malformed) => {
  expect(failure(() => new GPUProfiler({ source: malformed as never, enabled: false }))).toMatchObject({
    code: 'SNAKEPIT_CONFIGURATION',
    setting: 'source',
    message: expect.stringContaining(`object without a valid ${member}`),
  });
});

test.each([undefined, null, {}, 'python3', { childProcess: undefined }])(
  'watchChildProcess(%j) is rejected',
  (child) => {
    expect(failure(() => watchChildProcess(child as never))).toMatchObject({
      code: 'SNAKEPIT_CONFIGURATION',
      setting: 'child',
    });
  },
);

test.each([null, [{}], [undefined], {}])('matchers of watchChildProcess() are not %j', (matchers) => {
  const options = { matchers: matchers as never };
  expect(failure(() => watchChildProcess(new EventEmitter(), options))).toMatchObject({
    code: 'SNAKEPIT_CONFIGURATION',
  });
});

test('a handler that is not a function, and names that are no strings, are rejected', () => {
  const handler = () => {};
  for (const run of [
    () => attach('id', 'myapp.stop', undefined as never),
    () => attach('', 'myapp.stop', handler),
    () => attach('id', undefined as never, handler),
    () => attachMany('id', 'myapp.stop' as never, handler),
    () => attachMany('id', ['myapp.stop', 7 as never], handler),
  ])
    expect(failure(run)).toMatchObject({ code: 'SNAKEPIT_CONFIGURATION' });
});

test('the message of an error shows any value', () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    toJSON: () => {
      throw new Error('no');
    },
  };
  const values = [
    1n,
    Symbol('s'),
    () => {},
    Number.NaN,
    cycle,
    revoked.proxy,
    hostile,
    undefined,
    'a\nb\u001b[31m',
  ];
  for (const value of values)
    expect(new ConfigurationError('x', value, 'y').message).toMatch(/^Invalid x: .+\. Allowed: y\.$/);
});

test('every member of an event definition is checked', () => {
  expectTypeOf<keyof typeof EVENT_MEMBERS>().toEqualTypeOf<keyof CustomEventDefinition>();
});
