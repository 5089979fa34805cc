// The demo: hardware detection, worker processes that fail and recover behind a breaker, and GPU samples. All of it is shown on the
// live page, served as Prometheus metrics on 127.0.0.1:9464 and, if OTEL_EXPORTER_OTLP_ENDPOINT is set, sent as OTLP.
import { detectHardware, GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';
import { HELP, readOptions } from './options.mjs';
import { ReplayGpuSource } from './replay-gpu.mjs';
import { renderHeading, renderNextSteps, renderSummary } from './screen.mjs';
import { Summary } from './summary.mjs';
import { runtime } from './worker-process.mjs';

const { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint, OTEL_EXPORTER_PROMETHEUS_PORT: port = '9464' } =
  process.env;

const { help, forMs } = await orExit(() => readOptions(process.argv.slice(2)), 2);
if (help) {
  console.log(HELP);
  process.exit(0);
}

const otlp = otlpEndpoint === undefined ? [] : ['otlp'];
const telemetry = startTelemetry({
  serviceName: 'snakepit-demo',
  traces: otlp.length > 0 ? otlp : ['none'],
  metrics: ['prometheus', ...otlp],
  logs: otlp.length > 0 ? otlp : ['none'],
  metricExportIntervalMs: 1000,
  handleSignals: false,
  // Without this option, the variable decides.
  ...(process.env.SNAKEPIT_OTEL_UI === undefined && { ui: true }),
  // The pool reports its workers itself.
  instrumentation: { gpuConventions: 'both', instrumentations: { python: { enabled: false } } },
});
await orExit(() => telemetry.ready, 1);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

// Imported after telemetry has started: libraries loaded from then on are instrumented, opossum among them.
const { runWorkload } = await import('./workload.mjs');

const summary = new Summary();
const hardware = await detectHardware();
const replayed = hardware.cuda === undefined && hardware.rocm === undefined;
const profiler = new GPUProfiler({
  intervalMs: 500,
  ...(replayed ? { source: await ReplayGpuSource.open() } : undefined),
});

const heading = renderHeading({
  hardware,
  replayed,
  runtime,
  pageUrl: telemetry.pageUrl,
  port,
  otlpEndpoint,
});
const show = () => {
  const clear = process.stdout.isTTY ? '\x1b[2J\x1b[H' : '\n';
  process.stdout.write(`${clear}${heading}\n\n${renderSummary(summary)}\n`);
};
const timer = setInterval(show, process.stdout.isTTY ? 500 : 2000);

await runWorkload(stop, forMs);
clearInterval(timer);
await profiler.shutdown();
await telemetry.shutdown();
show();
console.log(`\n${renderNextSteps(process.env)}`);

/** Prints the message of an error that the user can correct, and exits. */
async function orExit(run, code) {
  try {
    return await run();
  } catch (error) {
    console.error(error.message);
    process.exit(code);
  }
}
