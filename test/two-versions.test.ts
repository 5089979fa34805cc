// Two versions of the package in one process: they share events, handlers, breakers and GPU usage through plain data only.

import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from './helpers/child.js';
import { measured } from './helpers/measured.js';

/** Copies the built package as another version. Returns the path of its entry. */
async function otherVersion(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-other-version-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp('dist/esm', join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  for (const name of await readdir(join(folder, 'dist'), { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const file = join(folder, 'dist', name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/PACKAGE_VERSION = '[^']+'/g, "PACKAGE_VERSION = '99.0.0'"));
  }
  return join(folder, 'dist/index.js');
}

const PROGRAM = `
  import { createRequire } from 'node:module';
  import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
  import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
  import { registerInstrumentations } from '@opentelemetry/instrumentation';
  const [mine, theirs] = await Promise.all(process.argv.slice(2).map((file) => import(file)));
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spans = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  tracerProvider.register();
  registerInstrumentations({
    instrumentations: [new mine.SnakepitInstrumentation(), new theirs.SnakepitInstrumentation()],
    meterProvider,
    tracerProvider,
  });
  const CircuitBreaker = createRequire(import.meta.url)('opossum');
  const breaker = new CircuitBreaker(async () => 1, { name: 'shared' });
  theirs.instrumentBreaker(breaker, { pool: 'moved' });
  mine.instrumentBreaker(breaker, { pool: 'moved again' });
  breaker.open();
  mine.instrumentBreaker(new CircuitBreaker(async () => 1), { pool: 'moved again' });

  const reading = (memoryUsedMib) => ({ device: 'cuda:0', index: 0, vendor: 'nvidia', uuid: 'GPU-1', memoryUsedMib, memoryTotalMib: 100, memoryFreeMib: 100 - memoryUsedMib });
  let used = 10;
  const sample = async () => ({ readings: [reading(used)], faults: [] });
  const source = { name: 'fake', sample, sampleFast: sample, close: async () => {} };
  const profiler = new theirs.GPUProfiler({ source, enabled: false });
  await profiler.sampleNow();
  await mine.span('inference', {}, async () => {
    used = 42;
    await profiler.sampleNow();
    theirs.span('inner', {}, () => {}, { gpu: 'auto' });
  }, { gpu: 'cuda:0' });
  while (spans.getFinishedSpans().length < 2) await new Promise(setImmediate);
  const heard = [];
  theirs.attach('host', 'snakepit.retry.attempt', ({ metadata }) => heard.push(metadata.pool));
  mine.execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, { pool: 'p' });
  const detached = mine.detach('host');
  await profiler.shutdown();
  await reader.forceFlush();
  const points = (name) =>
    exporter.getMetrics().at(-1).scopeMetrics.flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ value, attributes }) => [attributes.pool ?? attributes.device, value]));
  process.stdout.write(JSON.stringify({
    opened: points('snakepit.circuit_breaker.opened.total'),
    states: points('snakepit.circuit_breaker.state'),
    retries: points('snakepit.retry.failed_attempts.total'),
    memory: points('snakepit.gpu.memory.used_mb'),
    spans: spans.getFinishedSpans().map(({ name, attributes }) => [name, attributes['snakepit.gpu.memory.peak_mb']]).sort(),
    heard,
    detached,
    shared: shapes(globalThis[Object.getOwnPropertySymbols(globalThis).find((key) => key.description?.startsWith('opentelemetry-instrumentation-snakepit.state'))]),
  }));
  await breaker.shutdown();

  /** Lists the classes of this package found in the shared state. */
  function shapes(value, seen = new Set()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) return [];
    seen.add(value);
    const name = value.constructor?.name ?? 'Object';
    const entries = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : value instanceof WeakMap ? [value.get(breaker)] : Object.values(value);
    const isPlain = ['Object', 'Array', 'Map', 'Set', 'WeakMap', 'WeakRef', 'Promise'].includes(name);
    const isForeign = /^(Tracer|ProxyTracer|Span|SpanImpl|NonRecordingSpan|SnakepitInstrumentation|CircuitBreaker)$/.test(name);
    return isForeign ? [] : [...(isPlain ? [] : [name]), ...entries.flatMap((entry) => shapes(entry, seen))];
  }
`;

test('two versions in one process record every event once and share breakers and GPU usage', {
  tags: ['H24'],
}, async () => {
  const own = join(process.cwd(), 'dist/esm/index.js');
  const other = await otherVersion();
  const folder = await mkdtemp(join(process.cwd(), 'node_modules', '.two-versions-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = join(folder, 'main.mjs');
  await writeFile(program, PROGRAM);
  for (const versions of [
    [own, other],
    [other, own],
  ]) {
    const { stdout, stderr } = await runNode([program, ...versions]);
    expect(stderr).toBe('');
    measured('records of an event', JSON.parse(stdout).opened[0][1]);
    expect(JSON.parse(stdout)).toEqual({
      opened: [['moved again', 1]],
      states: expect.arrayContaining([['moved again', 2]]),
      retries: [['p', 1]],
      memory: [['cuda:0', 42]],
      spans: [
        ['inference', 42],
        ['inner', 42],
      ],
      heard: ['p'],
      detached: true,
      shared: [],
    });
  }
});
