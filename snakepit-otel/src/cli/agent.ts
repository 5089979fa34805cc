import { detectHardware, type HardwareInfo } from 'opentelemetry-instrumentation-snakepit';

import type { Defaults } from '../sdk/resolve.js';
import { startWith } from '../sdk/start.js';

interface RunOptions {
  readonly forMs: number | undefined;
  readonly intervalMs: number | undefined;
  readonly print: (line: string) => void;
}

/** Where nothing is chosen: the metrics page, and OTLP for all signals if there is somewhere to send them. */
const defaults: Defaults = (isOtlpGiven) => ({
  serviceName: 'snakepit-otel',
  traces: isOtlpGiven ? ['otlp'] : [],
  metrics: isOtlpGiven ? ['prometheus', 'otlp'] : ['prometheus'],
  logs: isOtlpGiven ? ['otlp'] : [],
});

/** Runs the agent until a signal, or for a time. Rejects when the metrics page cannot be served. */
export async function runAgent({ forMs, intervalMs, print: say }: RunOptions): Promise<void> {
  const stopped = untilStopped(forMs);
  const telemetry = startWith({ gpu: true, gpuIntervalMs: intervalMs, handleSignals: false }, defaults);
  try {
    await telemetry.ready;
    say(describe(await detectHardware()));
    await stopped;
  } finally {
    await telemetry.shutdown();
  }
}

function describe({ platform, accelerator, cpu, cuda, rocm }: HardwareInfo): string {
  const gpus = [...(cuda?.devices ?? []), ...(rocm?.devices ?? [])].map(({ name }) => name ?? 'unnamed GPU');
  return `${platform}, ${cpu.model}, accelerator ${accelerator}${gpus.length > 0 ? `: ${gpus.join(', ')}` : ', no GPU found'}`;
}

/** Resolves at the first signal to end, or when the time is over. */
function untilStopped(forMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // Something must keep the process alive: nothing else here does.
    if (forMs === undefined) setInterval(() => {}, 60_000);
    else setTimeout(resolve, forMs);
  });
}
