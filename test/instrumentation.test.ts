import { metrics } from '@opentelemetry/api';
import { InstrumentationBase, registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test } from 'vitest';
import { channelOf } from '../src/bus/bus.js';
import { catalogEvents } from '../src/catalog/events/index.js';
import { execute, SnakepitInstrumentation, span } from '../src/index.js';
import { instrumentedHost } from './helpers/sdk.js';

const closed = () => execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' });
const TOTAL = 'snakepit.circuit_breaker.closed.total';
const observed = () => catalogEvents.filter(([name]) => channelOf(name).hasSubscribers).map(([name]) => name);

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
  expect(channelOf('snakepit.circuit_breaker.call.allowed').hasSubscribers).toBe(false);
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
  ]);
});
