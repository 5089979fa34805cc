import { setTimeout as delay } from 'node:timers/promises';
import { detectHardware, type HardwareInfo } from 'opentelemetry-instrumentation-snakepit';
import {
  errorMessage,
  isConfigurationError,
  PACKAGE_VERSION,
  singleLine,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { resolve } from '../configuration/resolve.js';
import { WorkerWatch } from '../inputs/worker-watch.js';
import { redirectWarnings } from '../sdk/print-warning.js';
import { startResolved } from '../sdk/start.js';
import { partsOf, type Telemetry, type TelemetryParts } from '../sdk/telemetry.js';
import { AGENT_DEFAULTS, type AgentFlags, agentLogLevel, agentOptions } from './agent-settings.js';
import { FAILED, MISUSED, SUCCEEDED } from './command.js';
import { logDeliveries } from './delivery-log.js';
import { logDiag } from './diag-log.js';
import { readGpuState } from './gpu-state.js';
import { serveHealth } from './health-server.js';
import { Log } from './log.js';
import { RELAY_CURE } from './relay.js';

/**
 * Runs the agent until it is stopped, or for a time.
 *
 * @param signaled resolves when the agent is to stop
 * @throws ConfigurationError for a setting that cannot be used
 * @throws PrometheusServerError if the Prometheus endpoint cannot be served
 * @throws InputError if a configured input cannot be started
 */
export async function runAgent(flags: AgentFlags, signaled: Promise<void>): Promise<number> {
  const format = flags['log-format'] ?? 'text';
  try {
    if (flags['print-config']) return (await import('./print-configuration.js')).printConfiguration(flags);
    return await serve(flags, signaled);
  } catch (error) {
    if (format === 'text') throw error;
    new Log(format, 'error', printError).error(errorMessage(error));
    return isConfigurationError(error) ? MISUSED : FAILED;
  }
}

async function serve(flags: AgentFlags, signaled: Promise<void>): Promise<number> {
  const configuration = resolve(agentOptions(flags), process.env, AGENT_DEFAULTS);
  const level = agentLogLevel(flags, configuration);
  const log = new Log(flags['log-format'] ?? 'text', level, printError);
  const stopped = untilStopped(signaled, flags.for);
  // The start line has what is printed at the level info.
  redirectWarnings((text, kind) => (kind === 'info' ? log.debug(text) : log.warn(text)));
  const endStart = logDiag(log, level);
  const watch = new WorkerWatch(() => log.warn('the relay of Python events has ended', RELAY_CURE));
  watch.start();
  const telemetry = startResolved(configuration, { hasLog: true });
  const ends: (() => void)[] = [() => watch.stop()];
  try {
    const parts = partsOf(telemetry);
    if (parts === undefined) log.warn('OTEL_SDK_DISABLED is true: nothing is sampled, received or exported');
    else ends.push(...(await show(telemetry, parts, { flags, log, watch })));
    endStart();
    await stopped;
  } finally {
    await telemetry.shutdown();
    for (const end of ends) end();
    endProcess();
  }
  return SUCCEEDED;
}

interface Shown {
  readonly flags: AgentFlags;
  readonly log: Log;
  readonly watch: WorkerWatch;
}

/** Prints the start line, and reports from then on. Returns functions that end that. */
async function show(
  telemetry: Telemetry,
  { configuration, deliveries, inputs, profiler, pages, livePage, flushMetrics }: TelemetryParts,
  { flags, log, watch }: Shown,
): Promise<(() => void)[]> {
  const endLog = logDeliveries(deliveries, log);
  const source = {
    version: PACKAGE_VERSION,
    inputs: () => inputs.states,
    exporters: () => deliveries.list(),
    workers: () => watch.workers,
    relay: () => watch.relay,
  };
  const health = await serveHealth({ page: pages[0], source, flags, ready: telemetry.ready });
  const hardware = detectHardware();
  const state = profiler && (await readGpuState(profiler, configuration.settings));
  if (state?.problem !== undefined) log.warn('the GPU source cannot be read', state.problem);
  console.log(
    log.line('info', 'snakepit-otel started', {
      version: PACKAGE_VERSION,
      host: describeHardware(await hardware),
      gpus: state?.gpus ?? ['not sampled'],
      inputs: orNone(
        inputs.states.map(({ input, address, state }) =>
          input === 'stdin' ? input : `${input} ${address}${state === 'failed' ? ' (failed)' : ''}`,
        ),
      ),
      exporters: orNone(
        deliveries
          .list()
          .map(({ exporter, signal, address = '' }) => `${signal} ${exporter} ${address}`.trim()),
      ),
      health: health.address,
      ...(livePage?.address === undefined ? undefined : { page: livePage.address }),
    }),
  );
  // Shows within seconds whether a collector answers. Metrics are exported again, so that nothing is lost.
  void flushMetrics();
  return [endLog, health.end];
}

/** Returns what a list is in the start line. */
const orNone = (list: readonly string[]): readonly string[] => (list.length === 0 ? ['none'] : list);

const printError = (line: string) => console.error(line);

function describeHardware({ platform, accelerator, cpu }: HardwareInfo): string {
  return singleLine(`${platform}, ${cpu.model}, accelerator ${accelerator}`, 2048);
}

/** Keeps the process alive until {@link endProcess}: every other timer and server is unreferenced. */
let alive: NodeJS.Timeout | undefined;

const endProcess = () => clearInterval(alive);

/** Resolves when the agent is to stop, or when the time is over. */
async function untilStopped(signaled: Promise<void>, forMs: number | undefined): Promise<void> {
  alive = setInterval(() => {}, 60_000);
  const ended = forMs === undefined ? [] : [delay(forMs, undefined, { ref: false })];
  await Promise.race([signaled, ...ended]);
}
