import { GPUProfiler } from '../gpu/profiler.js';
import { detectHardware } from '../hardware/detect.js';
import type { HardwareInfo } from '../hardware/info.js';
import { startTelemetry, type TelemetryOptions } from '../sdk/index.js';

interface RunOptions {
  readonly forMs: number | undefined;
  readonly intervalMs: number | undefined;
  readonly say: (line: string) => void;
}

/** Runs the agent until a signal, or for a time. Rejects when the metrics page cannot be served. */
export async function runAgent({ forMs, intervalMs, say }: RunOptions): Promise<void> {
  const stopped = untilStopped(forMs);
  const telemetry = startTelemetry({ ...exporters(), handleSignals: false });
  try {
    const profiler = new GPUProfiler({ intervalMs });
    try {
      await telemetry.ready;
      say(describe(await detectHardware()));
      await stopped;
    } finally {
      await profiler.shutdown();
    }
  } finally {
    await telemetry.shutdown();
  }
}

/** Where nothing is chosen: the metrics page, and OTLP for all signals if there is somewhere to send them. */
function exporters(): TelemetryOptions {
  const { env } = process;
  const otlp = Object.keys(env).some(
    (name) => /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name) && env[name],
  );
  const chosen = (signal: string) => Boolean(env[`OTEL_${signal}_EXPORTER`] || env.SNAKEPIT_OTEL_CONFIG_FILE);
  return {
    serviceName: env.OTEL_SERVICE_NAME ? undefined : 'snakepit-otel',
    traces: chosen('TRACES') ? undefined : otlp ? ['otlp'] : ['none'],
    metrics: chosen('METRICS') ? undefined : otlp ? ['prometheus', 'otlp'] : ['prometheus'],
    logs: chosen('LOGS') ? undefined : otlp ? ['otlp'] : ['none'],
  };
}

function describe({ platform, accelerator, cpu, cuda, rocm }: HardwareInfo): string {
  const gpus = [...(cuda?.devices ?? []), ...(rocm?.devices ?? [])].map(({ name }) => name ?? 'unnamed GPU');
  return `${platform}, ${cpu.model}, accelerator ${accelerator}${gpus.length > 0 ? `: ${gpus.join(', ')}` : ', no GPU found'}`;
}

/** Resolves at the first signal to end, or when the time is over. */
function untilStopped(forMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // Without an end in sight, something must keep the process alive: nothing else here does.
    setTimeout(resolve, forMs ?? 2 ** 31 - 1);
  });
}
