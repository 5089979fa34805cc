import { type ChildProcess, exec, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { execa } from 'execa';
import { PythonShell } from 'python-shell';
import { expect, onTestFinished, test, vi } from 'vitest';
import { subscribe } from '../../../src/bus/bus.js';
import {
  type PythonCall,
  type SnakepitInstrumentationConfig,
  watchChildProcess,
} from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const TIME = expect.any(Number);
const SCRIPT = fileURLToPath(new URL('./programs/call.py', import.meta.url));
const NO_PROGRAM = '/snakepit-none/python3';

/** Registers the instrumentation, and records the events of calls and of classified errors. */
function python(config?: SnakepitInstrumentationConfig) {
  const host = instrumentedHost(config);
  const events: { name: string; values: Record<string, unknown> }[] = [];
  for (const name of ['start', 'stop', 'exception'])
    onTestFinished(
      subscribe(`snakepit.python.call.${name}`, ({ measurements, metadata }) =>
        events.push({ name, values: { ...measurements, ...metadata } }),
      ),
    );
  return {
    ...host,
    events,
    /** Runs `work` in a span, and returns the span and those that ended meanwhile. */
    async request<T>(work: () => Promise<T>) {
      host.forget();
      return host.tracer.startActiveSpan('request', async (span) => {
        const result = await work();
        span.end();
        const spans = host.spans().filter(({ name }) => name !== 'request');
        const { traceId, spanId } = span.spanContext();
        return { result, spans, traceId, spanId };
      });
    },
  };
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

/** Unlike `once()`, does not reject when the process emits an error. */
const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
const run = promisify(execFile);

/** Environment that the program has received, and prints. */
const received = (stdout: string) => JSON.parse(stdout) as Record<string, string>;

test('a Python process is a client span of its request, whose context it receives', async () => {
  const host = python();
  const { result, spans, traceId, spanId } = await host.request(async () => {
    const child = spawn('python3', [SCRIPT, 'environment', 'secret']);
    return { pid: child.pid, env: received(await textOf(child)) };
  });
  const { pid, env } = result;
  expect(spans).toMatchObject([
    {
      name: 'python call.py',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: { spanId },
      events: [],
    },
  ]);
  expect(spans[0]?.attributes).toEqual({
    'process.executable.name': 'python3',
    'process.pid': pid,
    'process.exit.code': 0,
  });
  expect(env.TRACEPARENT).toBe(`00-${traceId}-${spans[0]?.spanContext().spanId}-01`);
  expect(env.SNAKEPIT_CORRELATION_ID).toBe(env.TRACEPARENT);
  const identity = { command: 'call.py', worker_id: `python3_${pid}`, python_pid: pid };
  expect(host.events).toEqual([
    { name: 'start', values: { ...identity, system_time: TIME } },
    { name: 'stop', values: { ...identity, duration: TIME, result: 'normal' } },
  ]);
  expect(await host.value('snakepit.python.call.duration', { command: 'call.py' })).toMatchObject({
    count: 1,
  });
});

test.for<[string, () => Promise<unknown>]>([
  ['execFile', () => run('python3', [SCRIPT, 'environment'])],
  ['exec', () => promisify(exec)(`python3 '${SCRIPT}' environment`)],
  [
    'fork',
    async () => {
      const child = fork(SCRIPT, ['environment'], { execPath: 'python3', execArgv: [], silent: true });
      return { stdout: await textOf(child) };
    },
  ],
  ['env -S', () => run('env', ['-S', `python3 -u '${SCRIPT}'`, 'environment'])],
  ['execa', () => execa('python3', [SCRIPT, 'environment'])],
  [
    'python-shell',
    async () => ({ stdout: (await PythonShell.run(SCRIPT, { args: ['environment'] })).join('') }),
  ],
])('a Python process that is started with %s has one span and its context', async ([, start]) => {
  const host = python();
  const { result, spans, traceId } = await host.request(start);
  expect(spans.map(({ name }) => name)).toEqual(['python call.py']);
  const { TRACEPARENT } = received((result as { stdout: string }).stdout);
  expect(TRACEPARENT).toBe(`00-${traceId}-${spans[0]?.spanContext().spanId}-01`);
  expect(host.events.map(({ name, values }) => [name, values.command])).toEqual([
    ['start', 'call.py'],
    ['stop', 'call.py'],
  ]);
});

test('code on the command line and code of runString() have no name', async () => {
  const host = python();
  const { spans } = await host.request(async () => {
    await run('python3', ['-c', 'pass']);
    await PythonShell.runString('pass');
  });
  expect(spans.map(({ name }) => name)).toEqual(['python <inline>', 'python <inline>']);
});

test.for<[string, string[], Record<string, unknown>, string]>([
  ['an exit code', ['exit', '3'], { 'process.exit.code': 3 }, 'exit_code_3'],
  ['an exception', ['raise'], { 'process.exit.code': 1 }, 'exit_code_1'],
  ['a signal', ['kill'], {}, 'SIGKILL'],
])('a process that ends by %s fails its span', async ([, args, attributes, type]) => {
  const host = python();
  const { spans } = await host.request(() => ended(spawn('python3', [SCRIPT, ...args], { stdio: 'ignore' })));
  expect(spans).toMatchObject([{ status: { code: SpanStatusCode.ERROR }, events: [] }]);
  expect(spans[0]?.attributes).toEqual({
    'process.executable.name': 'python3',
    'process.pid': TIME,
    'error.type': type,
    ...attributes,
  });
  expect(host.events.at(-1)).toMatchObject({
    name: 'exception',
    values: { command: 'call.py', duration: TIME, error_type: type, error_category: 'worker_error' },
  });
  expect(await host.value('snakepit.python.call.exceptions.total', { error_type: type })).toBe(1);
  // Its class in Python is not known.
  expect(await host.metric('snakepit.errors.python_exception.total')).toBeUndefined();
});

test('a program that does not exist fails its span, and nothing listens to the process any more', async () => {
  const host = python();
  const { spans, result } = await host.request(async () => {
    const child = spawn(NO_PROGRAM, [SCRIPT]);
    await once(child, 'error');
    return child.eventNames();
  });
  expect(result).toEqual([]);
  expect(spans).toMatchObject([
    { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'ENOENT' } },
  ]);
  expect(host.events).toMatchObject([
    { name: 'start', values: { command: 'call.py' } },
    { name: 'exception', values: { error_type: 'ENOENT', error_category: 'worker_error' } },
  ]);
});

test('an error that spawn() throws fails the span', async () => {
  const host = python();
  const { spans } = await host.request(async () => {
    expect(() =>
      spawn('python3', [SCRIPT], { uid: 2 ** 31 - 5, cwd: '/', argv0: 'x', stdio: [{}] as never }),
    ).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
  });
  expect(spans).toMatchObject([{ attributes: { 'error.type': 'ERR_INVALID_ARG_VALUE' } }]);
});

test.for<[string, () => AbortSignal, string]>([
  ['by the host', () => AbortSignal.abort(), 'worker_error'],
  ['after a time', () => AbortSignal.timeout(1), 'timeout'],
])('a process that is aborted %s fails its span', async ([, signal, error_category]) => {
  const host = python();
  const { spans } = await host.request(async () => {
    const child = spawn('python3', [SCRIPT, 'wait'], { signal: signal() });
    child.on('error', () => {});
    await ended(child);
  });
  expect(spans).toMatchObject([{ attributes: { 'error.type': 'AbortError' } }]);
  expect(host.events.at(-1)).toMatchObject({
    name: 'exception',
    values: { error_type: 'AbortError', error_category },
  });
});

test('a process without a parent has events and no span, and keeps its environment, unless the host wants it', async () => {
  const host = python();
  const { stdout } = await run('python3', [SCRIPT, 'environment']);
  expect(received(stdout)).toEqual({});
  expect(host.spans()).toEqual([]);
  expect(host.events.map(({ name }) => name)).toEqual(['start', 'stop']);
  host.instrumentation.disable();
  host.instrumentation.setConfig({ instrumentations: { python: { requireParentSpan: false } } });
  host.instrumentation.enable();
  const env = received((await run('python3', [SCRIPT, 'environment'])).stdout);
  const [span] = host.spans();
  expect(span?.parentSpanContext).toBeUndefined();
  expect(env.TRACEPARENT).toContain(span?.spanContext().spanId);
});

test('hooks see the call, name it and ignore it', async () => {
  const calls: PythonCall[] = [];
  const host = python({
    includeSensitive: true,
    instrumentations: {
      childProcess: { nameOf: () => 'scoring' },
      python: {
        ignore: ({ script }) => script === '<inline>',
        startHook: (span, call) => {
          calls.push(call);
          span.setAttribute('started', call.script);
        },
        endHook: (span, _call, result, error) => span.setAttribute('ended', JSON.stringify([result, error])),
        nameOf: (child) => `named ${(child as ChildProcess).spawnargs[2]}`,
      },
    },
  });
  const { spans, result } = await host.request(async () => {
    await run('python3', ['-c', 'pass']);
    const child = spawn('python3', [SCRIPT, 'exit', '4'], { stdio: 'ignore' });
    await ended(child);
    return child;
  });
  expect(spans).toMatchObject([
    {
      name: 'python named exit',
      attributes: { started: 'call.py', ended: '[null,{"code":4,"signal":null}]' },
    },
  ]);
  expect(calls).toEqual([
    { script: 'call.py', program: 'python3', object: result, args: ['python3', SCRIPT, 'exit', '4'] },
  ]);
  expect(host.events.at(-1)?.values).toMatchObject({
    command: 'named exit',
    worker_id: `scoring_${result.pid}`,
  });
});

test('a process that the host watches reports itself: it has its span, and no events of its call', async () => {
  const host = python();
  const { spans } = await host.request(async () => {
    const child = spawn('python3', [SCRIPT, 'raise'], { stdio: ['ignore', 'ignore', 'pipe'] });
    watchChildProcess(child);
    child.stderr.resume();
    await once(child, 'close');
  });
  expect(spans).toMatchObject([{ name: 'python call.py', attributes: { 'error.type': 'exit_code_1' } }]);
  expect(host.events).toEqual([]);
  expect(await host.value('snakepit.errors.python_exception.total')).toBe(1);
});

test('a span of the process is below its span', async () => {
  const host = python();
  const { spans } = await host.request(async () => {
    const PYTHONPATH = fileURLToPath(new URL('../../../producers/python', import.meta.url));
    const child = spawn('python3', [SCRIPT, 'span'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' },
    });
    watchChildProcess(child);
    child.stderr.resume();
    await once(child, 'close');
  });
  const [outer, inner] = ['python call.py', 'snakepit.python.inference'].map((name) =>
    spans.find((span) => span.name === name),
  );
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  expect(inner?.spanContext().traceId).toBe(outer?.spanContext().traceId);
});

test('the span of a worker that goes on ends after a time, and its call has no end', async () => {
  const host = python({ spans: { maxAgeMs: 1 } });
  const { result, spans } = await host.request(async () => {
    const shell = new PythonShell(SCRIPT, { args: ['echo'] });
    await vi.waitFor(() => expect(host.spans()).toHaveLength(1));
    const answer = once(shell, 'message');
    shell.send('question');
    const [message] = await answer;
    await promisify(shell.end.bind(shell))();
    return message;
  });
  expect(result).toBe('question');
  expect(spans).toMatchObject([
    {
      name: 'python call.py',
      attributes: { 'snakepit.unfinished': 'expired' },
      status: { code: SpanStatusCode.UNSET },
    },
  ]);
  expect(host.events.map(({ name }) => name)).not.toContain('stop');
});

test('a hook that throws changes nothing for the host', async () => {
  const fail = () => {
    throw new Error('hook');
  };
  const host = python({
    instrumentations: { python: { ignore: fail, startHook: fail, endHook: fail, nameOf: fail } },
  });
  const { result, spans } = await host.request(() => run('python3', [SCRIPT, 'environment']));
  expect(spans).toHaveLength(1);
  expect(received(result.stdout)).toHaveProperty('TRACEPARENT');
});

test('disabling restores the method of Node, and processes that run still end their spans', async () => {
  const { ChildProcess: Process } = await import('node:child_process');
  const before = Object.getOwnPropertyDescriptor(Process.prototype, 'spawn');
  const host = python({ instrumentations: { python: { enabled: false } } });
  expect(Object.getOwnPropertyDescriptor(Process.prototype, 'spawn')).toEqual(before);
  host.instrumentation.disable();
  host.instrumentation.setConfig({});
  host.instrumentation.enable();
  const { value, ...flags } = Object.getOwnPropertyDescriptor(Process.prototype, 'spawn') ?? {};
  expect({ ...flags, name: value.name, length: value.length }).toEqual({
    writable: true,
    configurable: true,
    enumerable: before?.enumerable,
    name: before?.value.name,
    length: before?.value.length,
  });
  const { spans } = await host.request(async () => {
    const child = spawn('python3', ['-c', 'input()']);
    host.instrumentation.disable();
    expect(Object.getOwnPropertyDescriptor(Process.prototype, 'spawn')).toEqual(before);
    child.stdin.end('\n');
    await ended(child);
  });
  expect(spans).toHaveLength(1);
});
