// Starts random Python processes, and prints what their host sees: node random.cjs [--plain] SEED
const childProcess = require('node:child_process');
const { promisify } = require('node:util');
const { context, trace } = require('@opentelemetry/api');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

new NodeTracerProvider().register();
const ended = [];
const isPlain = process.argv.includes('--plain');
if (!isPlain) {
  const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
  const endHook = (_span, { script }, _result, error) =>
    ended.push(error === undefined ? script : `${script} failed`);
  new SnakepitInstrumentation({ instrumentations: { python: { endHook } } });
}

let seed = Number(process.argv.at(-1));
const below = (limit) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * limit);
};
const one = (...values) => values[below(values.length)];

const describe = (value) =>
  value instanceof Error
    ? { ...value, name: value.name, message: value.message, cause: value.cause && describe(value.cause) }
    : value;
const notes = [];
/** Notes in the order of one process: several are not in an order that can be repeated. */
const noteOf = (index) => {
  notes[index] = [];
  return (...values) => notes[index].push(values.map(describe));
};

const CODE = [
  'print("out"); import sys; print("error", file=sys.stderr)',
  'import sys; sys.exit(3)',
  'raise ValueError("bad")',
  'import os, signal; os.kill(os.getpid(), signal.SIGKILL)',
  'import sys; print(sys.stdin.read())',
  'print("x" * 5000)',
  'import os; print(sorted(name for name in os.environ if "TRACE" not in name and "SNAKEPIT" not in name))',
];
const WAIT = 'import signal; signal.pause()';
const programOf = () => one('python3', 'python3', 'python3', 'python3', '/snakepit-none/python3');
const argsOf = (code) => ['-I', '-S', '-c', code];

/** Follows a process to its end, with or without a listener of its errors. */
const follow = (child, note, listensToErrors) =>
  new Promise((resolve) => {
    for (const name of ['spawn', 'exit'])
      child.on(name, (...args) => note(name, ...args, child.pid > 0, child.killed));
    if (listensToErrors) child.on('error', (error) => note('error', error));
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output)) {
      child[name]?.setEncoding('utf8').on('data', (chunk) => {
        output[name] += chunk;
      });
    }
    child.on('close', (...args) => {
      note('close', ...args, output, child.spawnargs, Object.keys(child), child.exitCode, child.signalCode);
      note(child.eventNames().sort());
      resolve();
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end('in');
  });

const starts = {
  spawn: async (note) => {
    const stdio = one(
      'pipe',
      ['pipe', 'pipe', 'pipe'],
      ['ignore', 'pipe', 'ignore'],
      ['pipe', 'pipe', 'pipe', 'ipc'],
    );
    const shell = one(false, false, true);
    const program = shell ? 'python3' : programOf();
    const args = shell ? ['-c', "'pass'"] : argsOf(one(...CODE));
    await follow(
      childProcess.spawn(program, args, { stdio, shell, env: one(undefined, { PATH: process.env.PATH }) }),
      note,
      true,
    );
  },
  uncaught: (note) => {
    // An error that nobody handles also ends the events of its process.
    follow(childProcess.spawn('/snakepit-none/python3', ['a.py']), note, false);
  },
  killed: async (note) => {
    const child = childProcess.spawn('python3', argsOf(WAIT));
    note(child.kill(one('SIGTERM', 'SIGKILL')));
    await follow(child, note, true);
  },
  aborted: async (note) => {
    const controller = new AbortController();
    if (below(2) === 0) controller.abort(one(undefined, new RangeError('mine')));
    const child = childProcess.spawn('python3', argsOf(WAIT), {
      signal: controller.signal,
      killSignal: 'SIGKILL',
    });
    const followed = follow(child, note, true);
    controller.abort();
    await followed;
  },
  execFile: (note) =>
    new Promise((resolve) => {
      const code = one(...CODE.filter((each) => !each.includes('stdin')));
      const options = one({}, { maxBuffer: 100 }, { encoding: 'buffer' });
      childProcess.execFile(programOf(), argsOf(code), options, (...args) => resolve(note(...args)));
    }),
  timeout: (note) =>
    new Promise((resolve) => {
      childProcess.execFile('python3', argsOf(WAIT), { timeout: 1 }, (...args) => resolve(note(...args)));
    }),
  exec: async (note) => {
    const command = `python3 -I -S -c 'import sys; print(1); sys.exit(${one(0, 5)})'`;
    const promise = promisify(childProcess.exec)(command);
    note(Object.keys(promise), promise.child?.spawnfile);
    await promise.then(note, note);
  },
  unhandled: (note) => {
    promisify(childProcess.execFile)('/snakepit-none/python3', ['a.py', one('a', 'b')]);
    note('started');
  },
  invalid: (note) => {
    const start = one(
      () => childProcess.spawn('python3', ['a.py'], { stdio: [{}] }),
      () => childProcess.spawn('python3', ['a\0b']),
      () => childProcess.spawn('python3', ['a.py'], { cwd: 1 }),
      () => childProcess.spawn('python3', ['x'.repeat(5_000_000)]),
      () => new childProcess.ChildProcess().spawn({ file: 'python3', args: 5 }),
      () => new childProcess.ChildProcess().spawn(null),
    );
    try {
      start().on('error', (error) => note('error', error));
    } catch (error) {
      note('threw', error);
    }
  },
  direct: async (note) => {
    const child = new childProcess.ChildProcess();
    const options = {
      file: 'python3',
      args: ['python3', '-c', 'pass'],
      envPairs: one(undefined, [`PATH=${process.env.PATH}`]),
    };
    note(child.spawn(options), Object.keys(options), options.envPairs);
    await follow(child, note, true);
  },
};

const failures = [];
process.on('uncaughtException', (error) => failures.push(describe(error)));
process.on('unhandledRejection', (error) => failures.push(describe(error)));

const request = trace.getTracer('host').startSpan('request');
context.with(trace.setSpan(context.active(), request), async () => {
  const names = Object.keys(starts);
  const all = [...names, ...Array.from({ length: 6 }, () => one(...names))];
  await Promise.all(all.map((name, index) => starts[name](noteOf(index))));
  // The errors that nobody handles are reported after those of processes that ended before.
  setImmediate(() => {
    const texts = failures.map((error) => JSON.stringify(error)).sort();
    console.log(JSON.stringify({ host: { notes, failures: texts }, ended: ended.length }));
  });
});
