// Runs tasks, correctly and incorrectly, and prints the outcomes of callers, and the spans and events: node app.mjs [--plain] SEED
const { once } = require('node:events');
const { join } = require('node:path');
const { types } = require('node:util');
const { attachMany, SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { describeMethod, inRequest, randomFrom, recordSpans } = require('../../pools/recording.cjs');

const filename = join(__dirname, 'tasks.cjs');
const takeSpans = recordSpans();
const events = [];
attachMany(
  'test',
  [
    'pool.queue.enqueued',
    'pool.queue.dequeued',
    'pool.saturated',
    'pool.call.dispatched',
    'request.executed',
  ].map((name) => `snakepit.${name}`),
  ({ name, measurements, metadata }) => events.push({ name, ...measurements, ...metadata }),
);

const take = () => ({
  spans: takeSpans((span) => ({ events: span.events.map(({ name }) => name) })),
  events: events.splice(0),
});

/** Returns the exports of the module of piscina that defines the class of tasks. */
const exportsOfTasks = () =>
  Object.entries(require.cache).find(([file]) => file.endsWith(join('piscina/dist/task_queue/index.js')))[1]
    .exports;

const outcome = (promise) =>
  promise.then(
    (value) => value,
    (error) => `${error.constructor.name} ${error.name}: ${error.message}`,
  );

exports.run = async (load) => {
  const isPlain = process.argv.includes('--plain');
  const instrumentation = isPlain ? undefined : new SnakepitInstrumentation();
  const Piscina = await load();
  const unhandled = [];
  process.on('unhandledRejection', (error) => unhandled.push(`${error.name}: ${error.message}`));
  const outcomes = {};
  const recorded = {};

  const pool = new Piscina({ filename, name: 'double', minThreads: 1, maxThreads: 1, maxQueue: 2 });
  pool.on('error', () => {});
  outcomes.queued = await Promise.all(
    ['one', 'two', 'three', 'four'].map((name, index) => inRequest(name, () => outcome(pool.run(index)))),
  );
  recorded.queued = take();

  outcomes.failed = await inRequest('request', () => outcome(pool.run('mine', { name: 'fail' })));
  recorded.failed = take();

  const controller = new AbortController();
  const aborted = inRequest('request', () =>
    outcome(pool.run(1, { name: 'hang', signal: controller.signal })),
  );
  controller.abort();
  outcomes.aborted = await aborted;
  recorded.aborted = take();

  outcomes.exited = await inRequest('request', () => outcome(pool.run(9, { name: 'exit' })));
  recorded.exited = take();

  outcomes.outside = await outcome(pool.run(4));
  recorded.outside = take();

  outcomes.invalid = await Promise.all(
    [[1, null], [1, 2], [1, { filename: 3 }], [Symbol('s')], [1, { name: 'none' }]].map((args) =>
      outcome(pool.run(...args)),
    ),
  );
  pool.run('unhandled', { name: 'fail' });
  await once(process, 'unhandledRejection');

  // A random program: mostly concurrent tasks of two pools. Their queues have no limit: which task found
  // a full queue would depend on the speed of the threads.
  const random = randomFrom(Number(process.argv.at(-1)));
  const pools = [new Piscina({ filename, maxThreads: 1 }), new Piscina({ filename, maxThreads: 2 })];
  const calls = [];
  for (let i = 0; i < 60; i++) {
    const target = pools[random(2)];
    const name = ['double', 'double', 'fail', 'none'][random(4)];
    const signal = random(5) === 0 ? AbortSignal.abort() : undefined;
    const call = outcome(target.run(i, { name, signal }));
    calls.push(call);
    if (random(2) === 0) await call;
  }
  outcomes.random = await Promise.all(calls);
  outcomes.completed = pools.map(({ completed }) => completed);
  take();

  const describe = () => ({
    ...describeMethod(Piscina.prototype, 'run'),
    classOfTasks: Object.getOwnPropertyDescriptor(exportsOfTasks(), 'TaskInfo'),
  });
  outcomes.method = describe();
  const patched = Piscina.prototype.run;
  instrumentation?.disable();
  outcomes.methodAfterwards = describe();
  recorded.isRestored = Piscina.prototype.run !== patched && !types.isProxy(exportsOfTasks().TaskInfo);

  instrumentation?.setConfig({
    instrumentations: {
      piscina: {
        requireParentSpan: false,
        nameOf: () => 'mine',
        ignore: ({ name }) => name === 'fail',
        startHook: (span, { input }) => span.setAttribute('input', String(input)),
        endHook: (span, { filename }, result) => span.setAttribute('end', `${filename.slice(-9)} ${result}`),
      },
    },
  });
  instrumentation?.enable();
  await pool.run(5);
  await outcome(pool.run('x', { name: 'fail' }));
  recorded.hooks = take();
  await Promise.all([pool, ...pools].map((each) => each.destroy()));
  console.log(JSON.stringify({ host: { outcomes, unhandled }, recorded }));
};
