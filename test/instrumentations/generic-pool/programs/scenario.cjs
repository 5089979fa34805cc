// Borrows objects from pools, correctly and incorrectly, and prints the outcomes of callers, and the spans, events and metrics:
// node app.mjs [--plain] [--contrib-first|--contrib-last] [--short]
const { once } = require('node:events');
const timers = require('./fake-timers.cjs');
const { GenericPoolInstrumentation } = require('@opentelemetry/instrumentation-generic-pool');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { describeMethod, inRequest, outcome, record } = require('../../pools/recording.cjs');
const { randomPrograms } = require('./random-programs.cjs');

const { collect, meterProvider, take } = record();
const has = (flag) => process.argv.includes(flag);

exports.run = async (load) => {
  let instrumentation;
  const ours = () => {
    if (has('--plain')) return;
    instrumentation = new SnakepitInstrumentation({ instrumentations: { genericPool: { enabled: true } } });
    instrumentation.setMeterProvider(meterProvider);
  };
  if (has('--contrib-first')) new GenericPoolInstrumentation();
  ours();
  if (has('--contrib-last')) new GenericPoolInstrumentation();
  const { createPool, Pool } = await load();
  const unhandled = [];
  process.on('unhandledRejection', (error) => unhandled.push(`${error.name}: ${error.message}`));
  timers.install();
  const outcomes = {};
  const recorded = {};
  let created = 0;
  const factory = { create: async () => ({ id: ++created }), destroy: async () => {} };
  class OwnPromise extends Promise {}
  const options = {
    max: 1,
    maxWaitingClients: 1,
    acquireTimeoutMillis: 1000,
    autostart: false,
    Promise: OwnPromise,
  };
  const pool = createPool(factory, options);

  const acquire = () => outcome(() => pool.acquire());
  const first = await inRequest('one', acquire);
  const waiting = inRequest('two', acquire);
  outcomes.refused = await inRequest('three', acquire);
  await pool.release(first);
  const second = await waiting;
  const late = inRequest('four', acquire);
  timers.tick(1000);
  outcomes.late = await late;
  outcomes.ids = [first, second].map(({ id }) => id);
  recorded.states = await collect();
  recorded.acquired = take();
  const print = () =>
    process.stdout.write(JSON.stringify({ host: outcomes, recorded }), () => process.exit());
  if (has('--short')) {
    print();
    return;
  }
  const third = pool.acquire();
  outcomes.isOwnPromise = third instanceof OwnPromise;
  pool.acquire(); // Refused: another one waits.
  await once(process, 'unhandledRejection');
  outcomes.unhandled = unhandled;
  await pool.release(second);
  await pool.release(await third);
  const drained = pool.drain();
  outcomes.draining = await acquire();
  await drained;
  outcomes.programs = await randomPrograms(createPool, 60);
  outcomes.isSensitive =
    JSON.stringify(await randomPrograms(createPool, 1, { isDelayed: true })) !==
    JSON.stringify([outcomes.programs[0]]);
  take();

  outcomes.method = describeMethod(Pool.prototype, 'acquire');
  const patched = Pool.prototype.acquire;
  instrumentation?.disable();
  outcomes.methodAfterwards = describeMethod(Pool.prototype, 'acquire');
  recorded.isRestored = Pool.prototype.acquire !== patched;
  const configure = (genericPool) => {
    instrumentation?.disable();
    instrumentation?.setConfig({ instrumentations: { genericPool } });
    instrumentation?.enable();
  };
  const use = (name) => createPool({ ...factory, name }, { autostart: false, max: 3 }).use(async () => name);
  configure({ enabled: true, nameOf: ({ _factory }) => _factory.name, ignore: ({ pool }) => pool === 'b' });
  outcomes.used = [await use('a'), await use('b')];
  recorded.hooks = take().events;
  configure({});
  outcomes.used.push(await use('c'));
  await collect();
  recorded.byDefault = take().events;
  print();
};
