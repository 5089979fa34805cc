// Runs tasks in threads, and prints what the host sees and in which contexts they ran: node threads.cjs [--plain]
const { createHook } = require('node:async_hooks');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { context, propagation, trace } = require('@opentelemetry/api');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const isPlain = process.argv.includes('--plain');
const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const instrumentation = isPlain ? undefined : new SnakepitInstrumentation();
const load = createRequire(process.env.LIBRARY ?? __filename);
const Piscina = load('piscina');

const filename = join(__dirname, 'thread-task.cjs');
const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });

/** Runs a task in a span of the host that has the name. */
const inRequest = (name, run) =>
  context.with(propagation.setBaggage(context.active(), baggage), () =>
    trace.getTracer('host').startActiveSpan(name, (span) => run().finally(() => span.end())),
  );
const nameOfParent = (spans, id) => {
  const task = spans.find((span) => span.spanContext().spanId === id);
  return spans.find((span) => span.spanContext().spanId === task?.parentSpanContext?.spanId)?.name;
};

async function runTasks(atomics) {
  const options = { maxThreads: 1, concurrentTasksPerWorker: 2, atomics, workerData: { isPlain } };
  const pool = new Piscina({ filename, name: 'inspect', ...options });
  const inspect = (name, pauseMs) => inRequest(name, () => pool.run({ pauseMs }));
  const results = {
    first: await inspect('first'),
    paused: await inspect('paused', 1),
    outside: await pool.run({ pauseMs: 1 }),
  };
  const names = ['one', 'two', 'three', 'four'];
  const concurrent = await Promise.all(names.map((name, index) => inspect(name, index % 2)));
  names.forEach((name, index) => {
    results[name] = concurrent[index];
  });

  let inner;
  const submitting = {
    get pauseMs() {
      inner ??= inspect('inner');
      return 0;
    },
  };
  results.outer = await inRequest('outer', () => pool.run(submitting));
  results.inner = await inner;

  const host = {};
  const run = (name, input, more) => inRequest(name, () => pool.run(input, { name, ...more }));
  host.keys = await run('keysOf', { a: 1, traceparent: 2 });
  host.ownPorts = await run('ownPorts');
  const moved = new Uint8Array(8);
  host.moved = [await run('keysOf', { moved }, { transferList: [moved.buffer] }), moved.byteLength];
  host.uncloneable = await run('keysOf', { notCloneable() {} }).catch(({ name }) => name);
  host.disabled = await run('disable');
  results.disabled = await inspect('disabled');
  await run('enable');
  results.enabled = await inspect('enabled');
  const isPatched = await run('isPatched');
  await pool.destroy();

  const spans = exporter.getFinishedSpans();
  exporter.reset();
  const contexts = Object.entries(results).map(([name, { before, after, parent, tenant }]) => [
    name,
    { parent: nameOfParent(spans, before), isKept: before === after && after === parent, tenant },
  ]);
  return { host, contexts: Object.fromEntries(contexts), isPatched };
}

/** The file of the task loads the instrumentation when its first task has arrived already. */
async function runLateTasks() {
  const pool = new Piscina({ maxThreads: 1, workerData: { isPlain } });
  const inspect = (name) => inRequest(name, () => pool.run({}, { filename, name: 'inspect' }));
  await inspect('first');
  const { before } = await inspect('second');
  const outside = await pool.run({}, { filename, name: 'inspect' });
  await pool.destroy();
  const spans = exporter.getFinishedSpans();
  exporter.reset();
  return { second: nameOfParent(spans, before), outside };
}

/** Returns true if a port has no property of ours after it sent a task. */
async function leavesPortAlone() {
  const ports = new Set();
  const { WorkerInfo } = load(join(load.resolve('piscina'), '../worker_pool/index.js'));
  const { postTask } = WorkerInfo.prototype;
  WorkerInfo.prototype.postTask = function (...args) {
    ports.add(this.port);
    return postTask.apply(this, args);
  };
  const pool = new Piscina({ filename, name: 'keysOf', workerData: { isPlain } });
  await inRequest('ports', () => pool.run({}));
  await pool.destroy();
  return [...ports].map((port) => Object.hasOwn(port, 'postMessage'));
}

/** Returns how often the hooks of the host are called for a task. */
async function countHooks() {
  const pool = new Piscina({ filename, name: 'keysOf', workerData: { isPlain } });
  const ids = new Set();
  const calls = { init: 0, before: 0, after: 0 };
  const hook = createHook({
    init(id, type) {
      if (type !== 'Piscina.Task') return;
      ids.add(id);
      calls.init++;
    },
    before: (id) => ids.has(id) && calls.before++,
    after: (id) => ids.has(id) && calls.after++,
  }).enable();
  await inRequest('hooks', () => pool.run({}));
  hook.disable();
  await pool.destroy();
  return calls;
}

(async () => {
  const modes = {};
  for (const mode of ['sync', 'async', 'disabled']) modes[mode] = await runTasks(mode);
  const late = await runLateTasks();
  const ports = await leavesPortAlone();
  const hooks = await countHooks();
  instrumentation?.disable();
  console.log(JSON.stringify({ modes, late, ports, hooks }));
})();
