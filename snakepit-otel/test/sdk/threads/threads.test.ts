// Each host is a process that uses the built packages, with threads that load `register`.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runNode } from '../../../../test/helpers/child.js';
import { httpReceiver } from '../../../../test/helpers/otlp-receiver.js';

const program = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

interface ReceivedSpan {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceId: string;
  readonly attributes: readonly object[];
  readonly events?: readonly object[];
  readonly links?: readonly object[];
}

/** Runs a program that records the spans of its threads, and returns what it printed and exported. */
async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const collector = await httpReceiver();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    SNAKEPIT_OTEL_WORKER_THREADS: 'true',
    ...more,
  };
  const result = await runNode(['--import', 'snakepit-otel/register', ...args], { env });
  const resources = collector.exports
    .filter(({ signal }) => signal === 'traces')
    .flatMap(({ body }) => JSON.parse(body.toString()).resourceSpans);
  const spans: ReceivedSpan[] = resources
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  return { ...result, resources, spans, signals: new Set(collector.exports.map(({ signal }) => signal)) };
}

test.for([
  ['blocks its threads between tasks, and terminates one', ['sync'], 'AbortError'],
  ['does not block them, in a process that exits while one works', ['disabled', 'exit'], undefined],
] as const)(
  'spans of tasks are exported in the trace of their request: a pool that %s',
  async ([_which, args, last]) => {
    const { code, stdout, stderr, spans, resources } = await run([program('pool.mjs'), ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([0, 2, 4, 'TypeError', ...(last === undefined ? [] : [last])]);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const lines = spans.map(({ name, parentSpanId = '' }) => `${byId.get(parentSpanId)?.name} > ${name}`);
    const expected = ['one', 'two', 'three'].flatMap((name) => [
      `undefined > ${name}`,
      `${name} > task.double`,
      'task.double > task.first',
      'task.double > task.second',
    ]);
    expected.push('undefined > four', 'four > task.fail', 'task.fail > task.failed');
    if (last === undefined) expected.push('undefined > task.before');
    else expected.push('undefined > five', 'five > task.hang', 'task.hang > task.before');
    expect(lines.sort()).toEqual(expected.sort());
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(5);

    const attributes = resources.map(({ resource }) => JSON.stringify(resource));
    expect(new Set(attributes).size).toBe(1);
    const [second] = spans.filter(({ name }) => name === 'task.second');
    expect(second).toMatchObject({
      events: [{ name: 'half', attributes: [{ key: 'share', value: { doubleValue: 0.5 } }] }],
      links: [{ traceId: 'a'.repeat(32), traceState: 'k=v', attributes: [{ key: 'kind' }] }],
    });
  },
);

test('threads of threads export their spans, and no thread exports anything else', async () => {
  const { code, stderr, spans, signals } = await run([program('threads.mjs')], {
    OTEL_METRICS_EXPORTER: 'none',
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(spans.map(({ name }) => name).sort()).toEqual(['thread.1', 'thread.2']);
  expect(signals).toEqual(new Set(['traces']));
});

test('a main thread that is blocked bounds the spans that wait for it, and the others are counted as lost', async () => {
  const { code, stderr, spans } = await run([program('threads.mjs'), '9000'], {
    OTEL_BSP_MAX_QUEUE_SIZE: '20000',
    OTEL_METRICS_EXPORTER: 'none',
  });
  expect(code).toBe(0);
  expect(spans).toHaveLength(8192);
  expect(stderr).toMatch(/^snakepit-otel: lost 808 spans/);
});
