// Snakepit's guide "ML Telemetry", snippet by snippet, in TypeScript.
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  attach,
  attachLogger,
  detach,
  detachLogger,
  detectHardware,
  endSpan,
  execute,
  GPUProfiler,
  type GpuSource,
  listHandlers,
  metricDefinitions,
  SnakepitInstrumentation,
  span,
  startSpan,
} from '../../src/index.js';
import { instrumentedHost } from '../helpers/sdk.js';

afterEach(() => {
  for (const { id } of listHandlers()) detach(id);
});

/** Stands in for a GPU driver. */
const oneGpu: GpuSource = {
  name: 'fake',
  sample: async () => ({
    readings: [
      {
        device: 'cuda:0',
        index: 0,
        vendor: 'nvidia',
        memoryUsedMib: 6144,
        memoryTotalMib: 24_576,
        memoryFreeMib: 18_432,
        gpuPercent: 50,
        celsius: 60,
        watts: 200,
      },
    ],
    faults: [],
  }),
  close: async () => {},
};

describe('event categories', () => {
  test('attach to hardware detection', async () => {
    const printed: string[] = [];
    attach(
      'hardware-handler',
      'snakepit.hardware.detect.stop',
      ({ measurements: { duration }, metadata }) => {
        printed.push(`Hardware detected in ${Math.floor(duration / 1e6)}ms: ${metadata.accelerator}`);
      },
    );
    const { accelerator } = await detectHardware();
    expect(printed).toEqual([
      expect.stringMatching(new RegExp(`^Hardware detected in \\d+ms: ${accelerator}$`)),
    ]);
  });

  test('attach to an opened circuit breaker', () => {
    const warnings: string[] = [];
    attach('circuit-breaker-handler', 'snakepit.circuit_breaker.opened', ({ measurements, metadata }) => {
      warnings.push(`Circuit opened for ${metadata.pool}: ${measurements.failure_count} failures`);
    });
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
    expect(warnings).toEqual(['Circuit opened for default: 5 failures']);
  });

  test('attach to GPU memory samples', async () => {
    const printed: string[] = [];
    attach('gpu-handler', 'snakepit.gpu.memory.sampled', ({ measurements, metadata }) => {
      const percent = (measurements.used_mb / measurements.total_mb) * 100;
      printed.push(`GPU ${metadata.device}: ${percent}% memory used`);
    });
    const profiler = new GPUProfiler({ enabled: false, source: oneGpu });
    onTestFinished(() => profiler.shutdown());
    await profiler.sampleNow();
    expect(printed).toEqual(['GPU cuda:0: 25% memory used']);
  });
});

test('GPU profiler', async () => {
  const profiler = new GPUProfiler({ intervalMs: 5000, enabled: true, source: oneGpu });
  onTestFinished(() => profiler.shutdown());
  await profiler.sampleNow();
  expect(profiler.getStats()).toMatchObject({
    sampleCount: 1,
    lastSampleTime: expect.any(Number),
    deviceCount: 1,
    intervalMs: 5000,
    enabled: true,
  });
  profiler.disable();
  expect(profiler.getStats().enabled).toBe(false);
  profiler.enable();
  expect(profiler.getStats().enabled).toBe(true);
  profiler.setInterval(10_000);
  expect(profiler.getStats().intervalMs).toBe(10_000);
});

test('metrics definitions for Prometheus', async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const instrumentation = new SnakepitInstrumentation({ metrics: metricDefinitions() });
  instrumentation.setMeterProvider(meterProvider);
  onTestFinished(async () => {
    instrumentation.disable();
    await meterProvider.shutdown();
  });
  execute(
    'snakepit.hardware.detect.stop',
    { duration: 5_000_000 },
    { accelerator: 'cpu', platform: 'linux-x86_64' },
  );
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
  execute('snakepit.gpu.memory.sampled', { used_mb: 1, total_mb: 2, free_mb: 1 }, { device: 'cuda:0' });
  execute('snakepit.error.oom', { requested_bytes: 1, available_bytes: 0 }, { device: 'cuda:0' });

  const page = new PrometheusSerializer().serialize((await exporter.collect()).resourceMetrics);
  for (const series of [
    /^snakepit_hardware_detect_duration_count\{.*accelerator="cpu".*\} 1$/m,
    /^snakepit_circuit_breaker_opened_total\{.*pool="default".*\} 1$/m,
    /^snakepit_gpu_memory_used_mb\{.*device="cuda:0".*\} 1$/m,
    /^snakepit_errors_oom_total\{.*device="cuda:0".*\} 1$/m,
  ]) {
    expect(page).toMatch(series);
  }
});

test('span helper', async () => {
  const host = instrumentedHost();
  const expensiveOperation = async () => 'done';
  const result = await span('myapp.operation', { pool: 'default' }, async () => expensiveOperation());
  expect(result).toBe('done');

  const reference = startSpan('myapp.operation', { user_id: 123 });
  endSpan(reference, { result: 'success' });

  expect(host.spans().map(({ name, attributes }) => [name, attributes])).toEqual([
    ['myapp.operation', { 'snakepit.pool': 'default' }],
    ['myapp.operation', { 'snakepit.user_id': 123, 'snakepit.result': 'success' }],
  ]);
});

test('logger handler, with the two lines of the guide', () => {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => lines.push(`[${level}] ${message}`);
  attachLogger({
    logger: { debug: write('debug'), info: write('info'), warn: write('warning'), error: write('error') },
  });
  const log = () => {
    execute(
      'snakepit.hardware.detect.stop',
      { duration: 5_000_000 },
      { accelerator: 'cuda', platform: 'linux-x86_64' },
    );
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
  };
  log();
  detachLogger();
  log();
  expect(lines).toEqual([
    '[debug] Hardware detection completed in 5ms: accelerator=cuda platform=linux-x86_64',
    '[warning] Circuit breaker OPENED for pool=default: 5 failures',
  ]);
});
