import { detectHardware, type HardwareInfo } from 'opentelemetry-instrumentation-snakepit';

import { singleLine } from 'opentelemetry-instrumentation-snakepit/internal';
import type { ProgramDefaults } from '../configuration/resolve.js';
import { startWithDefaults } from '../sdk/start.js';

interface RunOptions {
  /** Run time, ms; until a signal if absent. */
  readonly forMs: number | undefined;
  readonly intervalMs: number | undefined;
  /** Path of a file of the declarative configuration. */
  readonly configFile: string | undefined;
  readonly print: (line: string) => void;
}

/** Serves metrics for Prometheus, exports all signals over OTLP if an endpoint is set, and receives events of other processes. */
const defaults: ProgramDefaults = (hasOtlpEndpoint) => ({
  serviceName: 'snakepit-otel',
  traces: hasOtlpEndpoint ? ['otlp'] : [],
  metrics: hasOtlpEndpoint ? ['prometheus', 'otlp'] : ['prometheus'],
  logs: hasOtlpEndpoint ? ['otlp'] : [],
  inputs: { unix: true, http: true },
});

/**
 * Runs the agent until SIGINT or SIGTERM, or for a time.
 *
 * @throws ConfigurationError for a setting that cannot be used
 * @throws PrometheusServerError if the Prometheus endpoint cannot be served
 * @throws InputError if a configured input cannot be started
 */
export async function runAgent({ forMs, intervalMs, configFile, print }: RunOptions): Promise<void> {
  const stopped = untilStopped(forMs);
  const telemetry = startWithDefaults(
    { gpu: true, gpuIntervalMs: intervalMs, configFile, handleSignals: false },
    defaults,
  );
  try {
    await telemetry.ready;
    print(describeHardware(await detectHardware()));
    await stopped;
  } finally {
    await telemetry.shutdown();
  }
}

function describeHardware({ platform, accelerator, cpu, cuda, rocm }: HardwareInfo): string {
  const gpus = [...(cuda?.devices ?? []), ...(rocm?.devices ?? [])].map(({ name }) => name ?? 'unnamed GPU');
  const found = gpus.length > 0 ? `: ${gpus.join(', ')}` : ', no GPU found';
  return singleLine(`${platform}, ${cpu.model}, accelerator ${accelerator}${found}`, 2048);
}

/** Resolves at the first SIGINT or SIGTERM, or when the time is over. */
function untilStopped(forMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // Keeps the process alive: every other timer and server is unreferenced.
    if (forMs === undefined) setInterval(() => {}, 60_000);
    else setTimeout(resolve, forMs);
  });
}
