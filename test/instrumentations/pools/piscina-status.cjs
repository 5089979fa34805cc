// Prints the state of pools of piscina while tasks run and wait, and afterwards.
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
const { record } = require('./recording.cjs');

const { collect, meterProvider } = record();
new SnakepitInstrumentation().setMeterProvider(meterProvider);
const { Piscina } = require('piscina');

const stateOf = async () =>
  Object.fromEntries(
    Object.entries(await collect()).filter(([name]) => /^(size|workers|queue.depth)/.test(name)),
  );

(async () => {
  const filename = require.resolve('../piscina/programs/tasks.cjs');
  const options = { filename, name: 'hang', minThreads: 1, maxThreads: 1, maxQueue: 5 };
  const pools = [new Piscina(options), new Piscina(options)];
  const controller = new AbortController();
  const tasks = pools.flatMap((pool) =>
    [1, 2, 3].map((task) => pool.run(task, { signal: controller.signal })),
  );
  let running = await stateOf();
  while (running['workers.busy tasks'] < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    running = await stateOf();
  }
  controller.abort();
  await Promise.allSettled(tasks);
  await Promise.all(pools.map((pool) => pool.destroy()));
  console.log(JSON.stringify({ running, ended: await stateOf() }));
})();
