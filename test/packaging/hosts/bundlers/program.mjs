// Uses both packages as a host does, and prints what it received.
// Usage: node BUNDLE [--automatic]   --automatic: does not instrument the breaker by hand
import { diag } from '@opentelemetry/api';
import {
  attach,
  execute,
  GPUProfiler,
  instrumentBreaker,
  span,
} from 'opentelemetry-instrumentation-snakepit';
import CircuitBreaker from 'opossum';
import { startTelemetry } from 'snakepit-otel';

async function main() {
  const printed = [];
  const received = { opened: 0, calls: [], gpus: [] };
  const telemetry = startTelemetry({ traces: ['console'], metrics: ['none'], logs: ['none'], gpu: false });
  const warn = (message, ...rest) => printed.push([message, ...rest].join(' '));
  diag.setLogger({ error: warn, warn, info() {}, debug() {}, verbose() {} });

  attach('opened', 'snakepit.circuit_breaker.opened', () => {
    received.opened++;
  });
  attach('calls', 'snakepit.circuit_breaker.call.success', ({ metadata }) => {
    received.calls.push(metadata.pool);
  });
  attach('gpus', 'snakepit.gpu.power.sampled', ({ metadata }) => {
    received.gpus.push(metadata.device);
  });

  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
  const breaker = new CircuitBreaker(async () => 'result', { name: 'bundled' });
  if (!process.argv.includes('--automatic')) instrumentBreaker(breaker);
  await span('work', () => breaker.fire());
  breaker.shutdown();

  const profiler = new GPUProfiler({ enabled: false, source: 'nvml', intervalMs: 60_000 });
  await profiler.sampleNow().catch(({ message }) => printed.push(message));
  await profiler.shutdown();
  await telemetry.shutdown();
  process.stdout.write(`\n${JSON.stringify({ ...received, printed })}\n`);
}

main();
