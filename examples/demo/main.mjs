// The demo: real hardware detection, real worker processes that fail and recover behind a breaker, GPU samples, and
// all of it as Prometheus metrics on 127.0.0.1:9464 and, with OTEL_EXPORTER_OTLP_ENDPOINT set, as OTLP.
import { parseArgs } from 'node:util';
import { detectHardware, GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';
import { ReplayGpuSource } from './replay-gpu.mjs';
import { Summary } from './summary.mjs';
import { runtime } from './worker-process.mjs';

const { values } = parseArgs({ options: { for: { type: 'string' } } });
const runForMs = values.for === undefined ? undefined : milliseconds(values.for);

const otlp = process.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? [] : ['otlp'];
const telemetry = startTelemetry({
  serviceName: 'snakepit-demo',
  traces: otlp.length > 0 ? otlp : ['none'],
  metrics: ['prometheus', ...otlp],
  logs: otlp.length > 0 ? otlp : ['none'],
  metricExportIntervalMs: 1000,
  handleSignals: false,
  instrumentation: { gpuConventions: 'both' },
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

// After the telemetry, which finds the breakers of libraries that are loaded from then on.
const { runWorkload } = await import('./workload.mjs');

await telemetry.ready;
const summary = new Summary();
const hardware = await detectHardware();
const replayed = hardware.cuda === undefined && hardware.rocm === undefined;
const profiler = new GPUProfiler({
  intervalMs: 500,
  ...(replayed ? { source: await ReplayGpuSource.open() } : undefined),
});

const heading = [
  `snakepit demo: ${hardware.platform}, ${hardware.cpu.model}, accelerator ${hardware.accelerator}, workers in ${runtime.name}`,
  replayed
    ? 'GPU samples: REPLAY of recorded nvidia-smi output (no GPU on this host)'
    : 'GPU samples: this host',
  `metrics: http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT ?? 9464}/metrics   OTLP: ${process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'set OTEL_EXPORTER_OTLP_ENDPOINT'}`,
].join('\n');
const show = () => {
  const clear = process.stdout.isTTY ? '\x1b[2J\x1b[H' : '\n';
  process.stdout.write(`${clear}${heading}\n\n${summary.render()}\n`);
};
const timer = setInterval(show, process.stdout.isTTY ? 500 : 2000);

await runWorkload(stop, runForMs);
clearInterval(timer);
await profiler.shutdown();
await telemetry.shutdown();
show();

function milliseconds(text) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) {
    console.error(`Invalid --for: ${text}. Allowed: a number with ms, s or m, like 10s.`);
    process.exit(2);
  }
  return Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit];
}
