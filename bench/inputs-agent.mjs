// The agent of `inputs.mjs`: startTelemetry() with one input, metrics and spans. Reports memory and the delay of the event loop.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startTelemetry } from 'snakepit-otel';
import { quantile } from './compare.mjs';

const telemetry = startTelemetry({
  serviceName: 'inputs',
  traces: ['otlp'],
  metrics: ['prometheus', 'otlp'],
  logs: ['otlp'],
  inputs: JSON.parse(process.argv[2]),
  handleSignals: false,
});
await telemetry.ready;

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let busyBefore = process.cpuUsage();
// Processor time between two turns of the event loop: its delay without the time that other processes had the processor.
let turns = [];
let turnBefore = process.cpuUsage();
setInterval(() => {
  const { user, system } = process.cpuUsage(turnBefore);
  turnBefore = process.cpuUsage();
  turns.push((user + system) / 1000);
}, 1);
process.on('message', () => {
  const { user, system } = process.cpuUsage(busyBefore);
  busyBefore = process.cpuUsage();
  const cpuP99Ms = quantile(turns, 0.99);
  turns = [];
  globalThis.gc?.();
  process.send({
    p99Ms: delay.percentile(99) / 1e6,
    cpuP99Ms,
    maxMs: delay.max / 1e6,
    cpuMs: (user + system) / 1000,
    rssMb: process.memoryUsage().rss / 1e6,
    heapMb: process.memoryUsage().heapUsed / 1e6,
  });
  delay.reset();
});
process.once('disconnect', async () => {
  await telemetry.shutdown();
  process.exit();
});
process.send('ready');
