// Real Python processes that write events with producers/python/telemetry.py.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { watchChildProcess } from '../../src/bridge/child-process.js';
import { workerContext } from '../../src/bridge/index.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { instrumentedHost } from '../helpers/sdk.js';

const PRODUCER = fileURLToPath(new URL('../../producers/python', import.meta.url));

/** Runs Python code that imports `telemetry`, and returns its error output once it has ended. */
async function runPython(code: string, env: Record<string, string> = {}, closed: readonly number[] = []) {
  const child = spawn('python3', ['-c', `import telemetry\n${code}`], {
    stdio: ['ignore', 'pipe', closed.includes(2) ? 'ignore' : 'pipe'],
    env: { ...process.env, PYTHONPATH: PRODUCER, PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  watchChildProcess(child);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const [code_] = await once(child, 'close');
  return { ...output, code: code_ as number | null };
}

/** Records the events of some names until the end of the test. */
function record(...names: string[]): AnyEvent[] {
  const events: AnyEvent[] = [];
  for (const name of names) onTestFinished(subscribe(name, (event) => events.push(event)));
  return events;
}

test('a span in Node, a span in Python and a nested span in Python are one trace', async () => {
  const host = instrumentedHost();
  const request = await host.tracer.startActiveSpan('request', async (span) => {
    await runPython(
      'with telemetry.span("inference", model="resnet50"):\n  with telemetry.span("inference.forward", batch=8):\n    pass',
      workerContext().env,
    );
    span.end();
    return span.spanContext();
  });
  const spans = new Map(host.spans().map((span) => [span.name, span]));
  const [process, outer, inner] = [
    spans.get('python <inline>'),
    spans.get('snakepit.python.inference'),
    spans.get('snakepit.python.inference.forward'),
  ];
  expect([...spans.keys()].toSorted()).toEqual([
    'python <inline>',
    'request',
    'snakepit.python.inference',
    'snakepit.python.inference.forward',
  ]);
  expect(process?.parentSpanContext?.spanId).toBe(request.spanId);
  expect(outer?.parentSpanContext?.spanId).toBe(process?.spanContext().spanId);
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  expect([process, outer, inner].map((span) => span?.spanContext().traceId)).toEqual([
    request.traceId,
    request.traceId,
    request.traceId,
  ]);
  expect(outer?.attributes).toMatchObject({ 'snakepit.model': 'resnet50' });
  expect(inner?.attributes).toMatchObject({ 'snakepit.batch': 8 });
});

test('an exception fails its span, reaches the tool, and is classified', async () => {
  const host = instrumentedHost();
  const { code, stderr } = await runPython(
    'with telemetry.span("inference"):\n  raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")',
  );
  expect(code).toBe(1);
  expect(stderr).toContain('Traceback (most recent call last):');
  const [span] = host.spans();
  expect(span).toMatchObject({ name: 'snakepit.python.inference', status: { code: 2 } });
  expect(await host.value('snakepit.errors.oom.total')).toBe(1);
});

test('a span that the process leaves open ends with the process', async () => {
  const host = instrumentedHost();
  await runPython('import os\nwith telemetry.span("inference"):\n  os._exit(3)');
  expect(host.spans()).toMatchObject([
    {
      name: 'snakepit.python.inference',
      attributes: { 'snakepit.unfinished': 'worker_died' },
      status: { code: 2 },
    },
  ]);
});

test('an exception that a span reports and one that is only printed are counted once each', async () => {
  const host = instrumentedHost();
  await runPython(`
import traceback
def fail(n): raise MemoryError("batch of user")
for i in range(3):
  try:
    if i < 2: fail(i)
    with telemetry.span("inference"): fail(i)
  except MemoryError: traceback.print_exc()
try:
  try: fail(0)
  except MemoryError as error:
    with telemetry.span("inference"): raise ValueError("job failed") from error
except ValueError: traceback.print_exc()`);
  expect(await host.value('snakepit.errors.oom.total')).toBe(4);
});

test('an event carries the time, the context of the environment, and values of every kind', async () => {
  const events = record('snakepit.python.model.loaded');
  const before = Date.now();
  await runPython(
    'import decimal\ntelemetry.emit("model.loaded", {"bytes": 2**70, "share": float("nan"), "ok": True}, name="žluť", path=decimal.Decimal("1.5"), none=None, **{"from": [1]})',
    {
      SNAKEPIT_CORRELATION_ID: 'sp-1',
      TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  );
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    measurements: { bytes: 2 ** 70, ok: 1 },
    metadata: { name: 'žluť', path: '1.5', from: '[1]', correlation_id: 'sp-1' },
    remote: {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      producer: expect.stringMatching(/^child:\d+:\d+$/),
    },
  });
  expect(events[0]?.measurements).not.toHaveProperty('share');
  expect(Number(events[0]?.remote?.timestampNs) / 1e6).toBeGreaterThanOrEqual(before - 1);
});

test('a request that the worker serves has its own context', async () => {
  const events = record('snakepit.python.a.start', 'snakepit.python.a.stop');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
  await runPython(`with telemetry.span("a", traceparent="${traceparent}", correlation_id="sp-2"):\n  pass`, {
    SNAKEPIT_CORRELATION_ID: 'sp-1',
  });
  expect(events.map(({ metadata, remote }) => [metadata.correlation_id, remote?.traceparent])).toEqual([
    ['sp-2', traceparent],
    ['sp-2', traceparent],
  ]);
});

test('nothing raises into the tool: unprintable values, a closed or missing stderr', async () => {
  const program = `
import os, sys
class Unprintable:
  def __str__(self): raise ValueError("no")
loop = []; loop.append(loop)
telemetry.emit("a", {}, value=Unprintable())
telemetry.emit("a", {}, value=loop)
telemetry.emit(Unprintable(), 5)
telemetry.emit("a", {(1, 2): 3}, text="\\ud800")
with telemetry.span("b", value=Unprintable()): pass
os.close(2)
telemetry.emit("a")
sys.__stderr__ = None
telemetry.emit("a")
print("done")`;
  const events = record('snakepit.python.a');
  expect((await runPython(program)).stdout).toBe('done\n');
  expect(events).toHaveLength(1);
  expect((await runPython('telemetry.emit("a")\nprint("done")', {}, [2])).stdout).toBe('done\n');
});

test('lines of several threads do not mix', async () => {
  const events = record('snakepit.python.threads.tick');
  await runPython(`
import threading
def work(n):
  for i in range(2000): telemetry.emit("threads.tick", {"i": i}, text="x" * (i % 400))
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for each in threads: each.start()
for each in threads: each.join()`);
  expect(events).toHaveLength(8000);
});
