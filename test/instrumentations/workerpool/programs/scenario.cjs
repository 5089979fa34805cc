// Runs tasks, correctly and incorrectly, and prints the outcomes of callers, and the spans, events and metrics:
// node app.mjs [--plain] thread|process SEED
const { join } = require('node:path');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { describeMethod, inRequest, outcome, randomFrom, record } = require('../../pools/recording.cjs');

const script = join(__dirname, 'methods.cjs');
const { collect, meterProvider, take } = record();

/** Describes the promise of a task, which hosts may use beyond `then`. */
function describePromise(library, exec) {
  const { defer } = library.Promise;
  const created = [];
  library.Promise.defer = () => {
    const resolver = defer();
    created.push(resolver.promise);
    return resolver;
  };
  const promise = exec();
  library.Promise.defer = defer;
  return {
    isOfTask: promise === created[0],
    keys: Object.keys(promise),
    chains: [promise.cancel() === promise, promise.timeout(1e6) === promise],
  };
}

exports.run = async (load) => {
  const isPlain = process.argv.includes('--plain');
  const workerType = process.argv.at(-2);
  const instrumentation = isPlain ? undefined : new SnakepitInstrumentation();
  instrumentation?.setMeterProvider(meterProvider);
  const workerpool = await load();
  const outcomes = {};
  const recorded = {};
  const options = { workerType, workerTerminateTimeout: 50 };
  const limited = workerpool.pool(script, { ...options, maxWorkers: 1, maxQueueSize: 2 });
  const pool = workerpool.pool(script, { ...options, maxWorkers: 1 });
  const run = async (name, work) => {
    outcomes[name] = await inRequest('request', () => outcome(work));
    recorded[name] = take();
  };
  /** Version 6 throws in its own code if it ends a worker that is about to be ready. */
  const runWhenReady = async (name, work) => {
    await pool.exec('double', [0]);
    take();
    await run(name, work);
  };

  outcomes.queued = await Promise.all(
    ['one', 'two', 'three', 'four'].map((name, index) =>
      inRequest(name, () => outcome(() => limited.exec('double', [index]))),
    ),
  );
  recorded.queued = take();
  await run('failed', () => pool.exec('fail', ['mine']));
  await run('unknown', () => pool.exec('none'));
  await run('proxied', async () => (await pool.proxy()).double(4));
  await run('function', () =>
    pool.exec(
      function add(a, b) {
        return a + b;
      },
      [1, 2],
    ),
  );
  await run('anonymous', () =>
    pool.exec(
      (
        () => () =>
          'anonymous'
      )(),
    ),
  );
  await runWhenReady('cancelled', () => pool.exec('hang').cancel());
  await runWhenReady('timedOut', () => pool.exec('hang').timeout(1));
  await runWhenReady('cancelledInQueue', async () => {
    const running = pool.exec('hang');
    const waiting = pool.exec('double', [1]);
    waiting.cancel();
    const first = await outcome(() => waiting);
    return [first, await outcome(() => running.cancel())];
  });
  await run('exited', () => pool.exec('exit', [9]));
  await run('notCloneable', () => limited.exec('double', [workerType === 'thread' ? () => {} : 1n]));
  outcomes.outside = await outcome(() => pool.exec('double', [4]));
  recorded.outside = take();
  outcomes.invalid = await Promise.all(
    [[5], ['double', 7], [() => 1, 7], []].map((args) => outcome(() => pool.exec(...args))),
  );
  recorded.invalid = take();

  outcomes.promise = describePromise(workerpool, () => pool.exec('double', [1]));
  const order = [];
  const promise = pool.exec('double', [2]);
  promise.then(() => order.push('first'));
  promise.then(() => order.push('second')).then(() => order.push('third'));
  await promise;
  outcomes.order = order;

  // A random program. Tasks of a pool with one worker end in the order of their calls.
  const random = randomFrom(Number(process.argv.at(-1)));
  const pools = [1, 2].map((maxWorkers) => workerpool.pool(script, { ...options, maxWorkers }));
  const ends = [];
  const calls = [];
  for (let i = 0; i < 60; i++) {
    const index = random(2);
    const method = ['double', 'double', 'fail', 'none', (number) => number + 1][random(5)];
    const call = outcome(() => pools[index].exec(method, [i]));
    if (index === 0) call.then(() => ends.push(i));
    calls.push(call);
    if (random(2) === 0) await call;
  }
  outcomes.random = await Promise.all(calls);
  outcomes.ends = ends;
  outcomes.stats = pools[0].stats();
  take();
  const collected = await collect();
  recorded.metrics = Object.fromEntries(
    Object.entries(collected).filter(([name]) => !/worker\.|time/.test(name)),
  );
  recorded.states = take().events;
  await Promise.all([...pools.map((each) => each.terminate()), limited.terminate(true)]);
  outcomes.terminated = await outcome(() =>
    Promise.all([pool.exec('hang'), pool.terminate(true)].slice(0, 1)),
  );

  const { prototype } = pool.constructor;
  outcomes.method = describeMethod(prototype, 'exec');
  const patched = prototype.exec;
  instrumentation?.disable();
  outcomes.methodAfterwards = describeMethod(prototype, 'exec');
  recorded.isRestored = prototype.exec !== patched;
  take();

  instrumentation?.setConfig({
    includeSensitive: true,
    instrumentations: {
      workerpool: {
        requireParentSpan: false,
        nameOf: () => 'mine',
        ignore: ({ name }) => name === 'fail',
        startHook: (span, { input }) => span.setAttribute('input', input),
        endHook: (span, { filename }, result) => span.setAttribute('end', `${filename.slice(-11)} ${result}`),
      },
    },
  });
  instrumentation?.enable();
  const last = workerpool.pool(script, { ...options, maxWorkers: 1 });
  await last.exec('double', [5]);
  await outcome(() => last.exec('fail', ['x']));
  recorded.hooks = take();
  await last.terminate();
  process.stdout.write(JSON.stringify({ host: outcomes, recorded }), () => process.exit());
};
