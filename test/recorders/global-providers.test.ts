// Several copies of the API in one process: each has code of its own, and all share the global providers.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../helpers/child.js';

const PROGRAM = `
  import { setImmediate as tick } from 'node:timers/promises';
  import { registerInstrumentations } from '@opentelemetry/instrumentation';
  import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
  import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
  import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
  import { execute, SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';

  const [when, apiFile, logsFile] = process.argv.slice(1);
  const { metrics, trace } = await import(apiFile);
  const { logs } = await import(logsFile);

  function registerProviders() {
    const spans = new InMemorySpanExporter();
    const metricExporter = new InMemoryMetricExporter(1);
    const records = new InMemoryLogRecordExporter();
    const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }));
    return async () => {
      await reader.forceFlush();
      const point = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics)
        .find(({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.opened.total')?.dataPoints[0];
      return {
        spans: spans.getFinishedSpans().map(({ name }) => name),
        opened: point?.value,
        logs: records.getFinishedLogRecords().map(({ eventName }) => eventName),
      };
    };
  }

  function publish() {
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'p' });
    span('myapp.operation', () => {});
  }

  const instrumentation = new SnakepitInstrumentation({ enabled: when !== 'enabled' });
  const instrument = () => registerInstrumentations({ instrumentations: [instrumentation] });
  const results = [];
  let recorded;
  if (when === 'before') recorded = registerProviders();
  if (when !== 'enabled') instrument();
  if (when === 'later') for (let i = 0; i < 10; i++) await tick();
  if (when === 'enabled') { await tick(); recorded = registerProviders(); instrument(); }
  recorded ??= registerProviders();
  publish();
  results.push(await recorded());

  // Another SDK takes the place of the first one.
  for (const api of [trace, metrics, logs]) api.disable();
  publish();
  await tick();
  const second = registerProviders();
  publish();
  results.push(await second());

  instrumentation.disable();
  for (const api of [trace, metrics, logs]) api.disable();
  const third = registerProviders();
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'p' });
  results.push(await third());
  console.log(JSON.stringify(results));
  process.exit();
`;

const RECORDED = {
  spans: ['myapp.operation'],
  opened: 1,
  logs: ['snakepit.circuit_breaker.opened'],
};

/** Copies a package of the API. Returns the path of the copy. */
async function copyOf(name: string): Promise<string> {
  const folder = await mkdtemp(join(process.cwd(), 'node_modules', '.api-copy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join('node_modules', name), folder, { recursive: true });
  return folder;
}

const run = (...args: string[]) => runNode(['--input-type=module', '--eval', PROGRAM, ...args]);

const TIMES = ['before', 'after', 'later', 'enabled'];

test.each(TIMES)('records into the global providers of the day, registered: %s', async (when) => {
  const { stdout, stderr } = await run(when, '@opentelemetry/api', '@opentelemetry/api-logs');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([RECORDED, RECORDED, { spans: [], logs: [] }]);
});

test.each(TIMES)('records into global providers of other copies of the API, registered: %s', async (when) => {
  const folders = await Promise.all(['@opentelemetry/api', '@opentelemetry/api-logs'].map(copyOf));
  const { stdout, stderr } = await run(when, ...folders.map((folder) => join(folder, 'build/src/index.js')));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([RECORDED, RECORDED, { spans: [], logs: [] }]);
});

test('leaves the objects of the API as they are without it', async () => {
  const { stdout } = await runNode([
    '--input-type=module',
    '--eval',
    `
    import { metrics, trace } from '@opentelemetry/api';
    import { logs } from '@opentelemetry/api-logs';
    const shapes = () => {
      const provider = { getTracer() {}, getMeter() {}, getLogger() {} };
      const results = [trace.setGlobalTracerProvider(provider), metrics.setGlobalMeterProvider(provider), logs.setGlobalLoggerProvider(provider)];
      const api = globalThis[Symbol.for('opentelemetry.js.api.1')];
      const shape = (object) => Object.entries(Object.getOwnPropertyDescriptors(object)).map(([key, { value, ...rest }]) => [key, typeof value, rest]);
      const global = ['opentelemetry.js.api.1', 'io.opentelemetry.js.api.logs']
        .map((key) => ({ ...Object.getOwnPropertyDescriptor(globalThis, Symbol.for(key)), value: undefined }));
      const proxy = Object.getOwnPropertyNames(trace.getTracerProvider());
      const methods = [trace, metrics, logs].map((api) => Object.getOwnPropertyNames(api));
      const rejected = [trace.setGlobalTracerProvider({}), logs.setGlobalLoggerProvider({}) === provider];
      for (const api of [trace, metrics, logs]) api.disable();
      const left = [Object.getOwnPropertyNames(api), globalThis[Symbol.for('io.opentelemetry.js.api.logs')] === undefined];
      return JSON.stringify([results, shape(api), global, Object.keys(api), proxy, methods, rejected, left]);
    };
    const without = shapes();
    const { SnakepitInstrumentation } = await import('opentelemetry-instrumentation-snakepit');
    const instrumentation = new SnakepitInstrumentation();
    console.log(shapes() === without, shapes() === without);
  `,
  ]);
  expect(stdout).toBe('true true\n');
});
