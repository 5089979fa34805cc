import { context, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test } from 'vitest';
import { channelOf, isObserved } from '../../src/bus/bus.js';
import { catalogEvents } from '../../src/catalog/events/index.js';
import { execute, SnakepitInstrumentation, span } from '../../src/index.js';

const observed = () =>
  catalogEvents.filter(([name]) => isObserved(channelOf(name), name)).map(([name]) => name);

function registered() {
  const instrumentation = new SnakepitInstrumentation({ logLevel: 'debug' });
  const unregister = registerInstrumentations({ instrumentations: [instrumentation] });
  onTestFinished(() => {
    unregister();
    for (const api of [context, trace, metrics, logs]) api.disable();
  });
  return instrumentation;
}

const traces = () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { provider, names: () => exporter.getFinishedSpans().map(({ name }) => name) };
};

const logRecords = () => {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  return { provider, count: () => exporter.getFinishedLogRecords().length };
};

const instruments = () => {
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  return {
    provider,
    async text() {
      await reader.forceFlush();
      return JSON.stringify(exporter.getMetrics());
    },
  };
};

/** A span by its start and stop event. */
function detect() {
  execute('snakepit.hardware.detect.start', { system_time: Date.now() * 1e6 }, {});
  execute('snakepit.hardware.detect.stop', { duration: 1 }, { accelerator: 'cpu', platform: 'test' });
}

test('subscribes to nothing without an SDK', { tags: ['H20'] }, () => {
  registered();
  expect(observed()).toEqual([]);
});

test('subscribes to nothing with providers that record nothing', { tags: ['H20'] }, () => {
  const instrumentation = registered();
  instrumentation.setTracerProvider(new ProxyTracerProvider());
  instrumentation.setTracerProvider(new ProxyTracerProvider().getDelegate());
  instrumentation.setLoggerProvider(new LoggerProvider({ processors: [] }));
  expect(observed()).toEqual([]);
});

test('records spans of a global provider that is registered later', () => {
  registered();
  detect();
  const { provider, names } = traces();
  provider.register();
  detect();
  span('myapp.operation', () => {});
  expect(names()).toEqual(['snakepit.hardware.detect', 'myapp.operation']);
});

test('records metrics of a global provider that is registered later', async () => {
  registered();
  const { provider, text } = instruments();
  metrics.setGlobalMeterProvider(provider);
  detect();
  expect(await text()).toContain('snakepit.hardware.detect.duration');
});

test('emits log records of a global provider that is registered later', () => {
  registered();
  const { provider, count } = logRecords();
  logs.setGlobalLoggerProvider(provider);
  detect();
  expect(count()).toBe(2);
});

test('records into providers that are set later, and stops when they are taken back', () => {
  const instrumentation = registered();
  const { provider, names } = traces();
  const { provider: loggerProvider, count } = logRecords();
  instrumentation.setTracerProvider(provider);
  instrumentation.setLoggerProvider(loggerProvider);
  detect();
  expect([names(), count()]).toEqual([['snakepit.hardware.detect'], 2]);
  instrumentation.setTracerProvider(trace.getTracerProvider());
  instrumentation.setLoggerProvider(logs.getLoggerProvider());
  expect(observed()).toEqual([]);
});

test('keeps the provider that the host has set, whatever becomes global later', async () => {
  const instrumentation = registered();
  const own = { traces: traces(), metrics: instruments() };
  instrumentation.setTracerProvider(own.traces.provider);
  instrumentation.setMeterProvider(own.metrics.provider);
  const global = { traces: traces(), metrics: instruments() };
  global.traces.provider.register();
  metrics.setGlobalMeterProvider(global.metrics.provider);
  detect();
  expect([own.traces.names(), global.traces.names()]).toEqual([['snakepit.hardware.detect'], []]);
  expect(await own.metrics.text()).toContain('snakepit.hardware.detect.duration');
  expect(await global.metrics.text()).not.toContain('snakepit.hardware.detect.duration');
});

test('follows no global provider when disabled', () => {
  registered().disable();
  traces().provider.register();
  expect(observed()).toEqual([]);
});

test('finds a logger of an SDK that cannot be asked for its level', () => {
  const instrumentation = registered();
  const emitted: unknown[] = [];
  const logger = { emit: (record: unknown) => void emitted.push(record) };
  instrumentation.setLoggerProvider({ getLogger: () => logger as never });
  detect();
  expect(emitted).toHaveLength(2);
});
