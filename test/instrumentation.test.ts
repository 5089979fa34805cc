import { context, metrics, trace } from '@opentelemetry/api';
import { InstrumentationBase, registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test } from 'vitest';
import { channelOf, isObserved } from '../src/bus/bus.js';
import { catalogEvents } from '../src/catalog/events/index.js';
import { execute, SnakepitInstrumentation, span } from '../src/index.js';
import { runModule, runNode } from './helpers/child.js';
import { measured } from './helpers/measured.js';
import { instrumentedHost } from './helpers/sdk.js';

const closed = () => execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' });
const TOTAL = 'snakepit.circuit_breaker.closed.total';
const observed = () =>
  catalogEvents.filter(([name]) => isObserved(channelOf(name), name)).map(([name]) => name);

test('removes its subscriptions when disabled, and continues counting when enabled again', async () => {
  const host = instrumentedHost();
  closed();
  host.instrumentation.disable();
  host.instrumentation.disable();
  expect(observed()).toEqual([]);
  closed();
  host.instrumentation.enable();
  host.instrumentation.enable();
  closed();
  expect(await host.value(TOTAL)).toBe(2);
});

test('counts once with two instrumentations in the process', async () => {
  const host = instrumentedHost();
  const second = new SnakepitInstrumentation();
  second.setMeterProvider(host.meterProvider);
  second.enable();
  closed();
  expect(await host.value(TOTAL)).toBe(1);
  second.disable();
  closed();
  expect(await host.value(TOTAL)).toBe(2);
});

test('takes over when the active instrumentation is disabled', async () => {
  const first = instrumentedHost();
  const older = new SnakepitInstrumentation();
  const host = instrumentedHost();
  onTestFinished(() => older.disable());
  closed();
  expect(await host.value(TOTAL)).toEqual([]);
  first.instrumentation.disable();
  closed();
  expect(await host.value(TOTAL)).toBe(1);
  expect([first, host].map(({ instrumentation }) => instrumentation.isEnabled())).toEqual([false, true]);
});

const providers = ['tracerProvider', 'meterProvider', 'loggerProvider'] as const;
test.each(providers)('takes over after the %s of the active instrumentation was shut down', async (key) => {
  const first = instrumentedHost();
  // One that was created before the shutdown, as a NodeSDK is, and one after it.
  const waiting = new SnakepitInstrumentation();
  onTestFinished(() => waiting.disable());
  expect(waiting.isEnabled()).toBe(false);
  await first[key].shutdown();
  const host = instrumentedHost();
  closed();
  span('myapp.operation', () => {});
  expect(await host.value(TOTAL)).toBe(1);
  expect(host.spans()).toHaveLength(1);
  expect(first.spans()).toEqual([]);
  await host.meterProvider.shutdown();
  waiting.setMeterProvider(host.meterProvider);
  expect(waiting.isEnabled()).toBe(false);
});

test('takes over from an instrumentation without an SDK once it has one', async () => {
  const first = new SnakepitInstrumentation();
  const second = new SnakepitInstrumentation();
  expect([first.isEnabled(), second.isEnabled()]).toEqual([true, false]);
  second.disable();
  const host = instrumentedHost();
  expect(first.isEnabled()).toBe(false);
  closed();
  expect(await host.value(TOTAL)).toBe(1);
});

test('records spans with the global provider of the day when none is registered', () => {
  const names = [1, 2].map((generation) => {
    const exporter = new InMemorySpanExporter();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    span(`myapp.${generation}`, () => {});
    trace.disable();
    context.disable();
    return exporter.getFinishedSpans().map(({ name }) => name);
  });
  expect(names).toEqual([['myapp.1'], ['myapp.2']]);
});

test('a restarted NodeSDK records the libraries that its predecessor patched', {
  tags: ['H23'],
}, async () => {
  const { stdout, stderr } = await runModule(
    `
    import { context, metrics, propagation, trace } from '@opentelemetry/api';
    import { logs } from '@opentelemetry/api-logs';
    import { NodeSDK } from '@opentelemetry/sdk-node';
    import { InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
    import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
    let breaker, CircuitBreaker;
    for (const name of ['first', 'second', 'third']) {
      const exporter = new InMemoryMetricExporter(1);
      const ended = [];
      const noop = async () => {};
      const spanProcessor = { onStart: noop, onEnd: ({ name }) => ended.push(name), forceFlush: noop, shutdown: noop };
      const sdk = new NodeSDK({
        instrumentations: [new SnakepitInstrumentation()],
        metricReaders: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
        spanProcessors: [spanProcessor],
        logRecordProcessors: [],
      });
      sdk.start();
      ({ default: CircuitBreaker } = await import('opossum'));
      breaker ??= new CircuitBreaker(async () => 1, { name: 'old', timeout: false });
      await breaker.fire();
      await new CircuitBreaker(async () => 1, { name, timeout: false }).fire();
      span('myapp.' + name, () => {});
      await sdk.shutdown();
      for (const api of [trace, metrics, context, propagation, logs]) api.disable();
      const points = exporter.getMetrics().flatMap((all) => all.scopeMetrics).flatMap((scope) => scope.metrics)
        .filter(({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.calls.allowed.total')
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => attributes.pool + '=' + value));
      console.log([...points, ...ended].join(' '));
    }
    process.exit();
  `,
    { env: { OTEL_LOGS_EXPORTER: 'none' } },
  );
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'old=1 first=1 myapp.first',
    'old=1 second=1 myapp.second',
    'old=1 third=1 myapp.third',
  ]);
});

test.each([true, false])(
  'instrumentations of the past leave nothing in memory (disabled: %s)',
  { tags: ['H17'] },
  async (disabled) => {
    const program = `
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
    import { execute, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const generation = async () => {
      const exporter = new InMemoryMetricExporter(1);
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
      const meterProvider = new MeterProvider({ readers: [reader] });
      const unregister = registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
      execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' });
      await meterProvider.forceFlush();
      recorded += JSON.stringify(exporter.getMetrics()).includes('${TOTAL}');
      if (${disabled}) unregister();
      await meterProvider.shutdown();
    };
    let recorded = 0;
    const heap = [];
    for (let i = 0; i < 301; i++) {
      await generation();
      if (i % 100 !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, 1));
      gc();
      heap.push(process.memoryUsage().heapUsed);
    }
    console.log(JSON.stringify({ recorded, grown: heap[3] - heap[1] }));
  `;
    const { stdout } = await runNode(['--expose-gc', '--input-type=module', '--eval', program]);
    const { recorded, grown } = JSON.parse(stdout);
    expect(recorded).toBe(301);
    measured('heap grown in 200 restarts', grown / 1e6, 'MB');
    // Each generation allocates about 0.6 MB.
    expect(grown).toBeLessThan(5e6);
  },
);

test('keeps counts across a change of the meter provider', async () => {
  const host = instrumentedHost();
  closed();
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const later = new MeterProvider({ readers: [reader] });
  onTestFinished(() => later.shutdown());
  host.instrumentation.setMeterProvider(later);
  closed();
  expect(await host.value(TOTAL)).toBe(1);
  await reader.forceFlush();
  const names = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  expect(names.find(({ descriptor }) => descriptor.name === TOTAL)?.dataPoints[0]?.value).toBe(1);
});

test('subscribes to no counted event without a metrics SDK', () => {
  const instrumentation = new SnakepitInstrumentation({ logLevel: 'error' });
  onTestFinished(() => instrumentation.disable());
  expect(observed()).not.toContain('snakepit.circuit_breaker.call.allowed');
});

test('starts disabled if configured so', () => {
  const { tracerProvider } = instrumentedHost({ enabled: false });
  const instrumentation = new SnakepitInstrumentation({ enabled: false });
  instrumentation.setTracerProvider(tracerProvider);
  onTestFinished(() => instrumentation.disable());
  expect(observed()).toEqual([]);
  instrumentation.enable();
  expect(observed()).not.toEqual([]);
});

test('records into the global provider', async () => {
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const unregister = registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()] });
  onTestFinished(async () => {
    unregister();
    metrics.disable();
    await provider.shutdown();
  });
  closed();
  await reader.forceFlush();
  expect(JSON.stringify(exporter.getMetrics())).toContain(TOTAL);
});

test('sends spans of the Span helper to its own provider', () => {
  const host = instrumentedHost();
  span('myapp.operation', () => {});
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]?.instrumentationScope.name).toBe('opentelemetry-instrumentation-snakepit');
});

test('ignores library versions out of range', () => {
  const instrumentation = new SnakepitInstrumentation({ enabled: false });
  expect(instrumentation).toBeInstanceOf(InstrumentationBase);
  const modules: { name: string; supportedVersions: string[] }[] = Reflect.get(instrumentation, '_modules');
  expect(modules.map(({ name, supportedVersions }) => [name, ...supportedVersions])).toEqual([
    ['opossum', '>=5 <11'],
    ['cockatiel', '>=3 <5'],
    ['onnxruntime-node', '>=1.14 <2'],
    ['onnxruntime-common', '>=1.14 <2'],
    ['piscina', '>=5 <7'],
    ['workerpool', '>=6 <11'],
    ['generic-pool', '>=3 <4'],
    ['@huggingface/transformers', '>=3 <5'],
  ]);
});
