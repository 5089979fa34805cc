import cluster from 'node:cluster';
import { DiagConsoleLogger, diag } from '@opentelemetry/api';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { omitUndefined, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { TelemetryOptions } from '../configuration/options.js';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import type { OwnSettings } from '../configuration/settings.js';
import { Inputs } from '../inputs/inputs.js';
import { CallSpans } from '../inputs/otlp/call-spans.js';
import { ShownSpans } from '../inputs/otlp/shown-spans.js';
import type { Address } from '../page/contract.js';
import { startAccounting } from './current-accounting.js';
import type { DeliveryList } from './delivery.js';
import { diagLevel } from './diag-level.js';
import type { ExportAccounting } from './export-accounting.js';
import { Forwarding } from './forwarding/forwarding.js';
import { registerGlobally } from './globals.js';
import { LivePage } from './live-page.js';
import { printWarning, writeLine } from './print-warning.js';
import { buildProviders, type Providers } from './providers.js';
import { ThreadTelemetry } from './threads/thread-telemetry.js';

/** How a program starts telemetry. */
export interface StartOptions {
  /** Options of the instrumentation. */
  readonly instrumentation?: TelemetryOptions['instrumentation'];
  /** True if the program has a logger of `diag`, and reports why `ready` rejects. @default false */
  readonly hasLog?: boolean;
}

/** What running telemetry consists of. */
export interface Components {
  readonly configuration: ResolvedConfiguration;
  readonly accounting: ExportAccounting;
  readonly forwarding: Forwarding;
  readonly inputs: Inputs;
  readonly providers: Providers;
  /** The telemetry of worker threads; undefined if it is not recorded. */
  readonly threads: ThreadTelemetry | undefined;
  readonly profiler: GPUProfiler | undefined;
  readonly page: LivePage | undefined;
  /** Resolves when all components run; rejects if an endpoint cannot be served or an input cannot be started. */
  readonly ready: Promise<void>;
  /** Disables the instrumentation, and unregisters what is registered globally. */
  unregister(): void;
}

/** Starts all components as configured. */
export function startComponents(
  configuration: ResolvedConfiguration,
  { instrumentation: instrumentationOptions = {}, hasLog = false }: StartOptions,
): Components {
  const { settings, model } = configuration;
  const accounting = startAccounting();
  const forwarding = new Forwarding(model, accounting);
  const calls = new CallSpans();
  const page = settings.ui ? new LivePage(settings.ui === true ? {} : settings.ui, settings) : undefined;
  const inputs = new Inputs(settings.inputs ?? {}, configuration.defaultInputs, printWarning, {
    forwarding,
    calls,
    shown: page && new ShownSpans(page.spans),
  });
  for (const warning of configuration.warnings) printWarning(warning);
  if (!hasLog) logDiag(model);
  const instrumentation = new SnakepitInstrumentation({
    spanGpu: settings.spanGpu,
    gpuConventions: settings.gpuConventions,
    spans: settings.spans,
    ...instrumentationOptions,
    enabled: false,
  });
  const providers = buildProviders(configuration, {
    spanProcessors: page === undefined ? [] : [page.spans],
    calls: settings.inputs?.otlp ? calls : undefined,
  });
  const threads =
    settings.workerThreads && providers.tracerProvider !== undefined
      ? new ThreadTelemetry(configuration, providers, (count) => accounting.lose('traces', count))
      : undefined;
  const unregister = register(providers, instrumentation);
  const { includeSensitive = false, events: customEvents = {} } = instrumentationOptions;
  const serving = page?.start({
    resource: providers.resource,
    includeSensitive,
    customEvents,
    delivery: () => accounting.deliveries.list(),
    addresses: () => listAddresses(inputs, accounting.deliveries),
  });
  const ready = Promise.all([providers.ready, inputs.start(), serving]).then(() => {});
  ready.catch((error: Error) => {
    if (!hasLog) reportFailedStart(error);
  });
  const profiler = settings.gpu ? startProfiler(settings) : undefined;
  return {
    configuration,
    accounting,
    forwarding,
    inputs,
    providers,
    threads,
    profiler,
    page,
    ready,
    unregister,
  };
}

/** Logs `diag` to the console, if a level is configured. */
function logDiag({ log_level: level }: ConfigurationModel): void {
  if (!level) return;
  diag.setLogger(new DiagConsoleLogger(), { logLevel: diagLevel(level), suppressOverrideMessage: true });
}

/** Registers the providers globally, and enables the instrumentation with them. Returns a function that undoes that. */
function register(providers: Providers, instrumentation: SnakepitInstrumentation): () => void {
  const { tracerProvider, meterProvider, loggerProvider } = providers;
  const unregisterGlobally = registerGlobally(providers);
  const unregisterInstrumentation = registerInstrumentations({
    instrumentations: [instrumentation],
    ...omitUndefined({ tracerProvider, meterProvider, loggerProvider }),
  });
  instrumentation.enable();
  return () => {
    unregisterInstrumentation();
    unregisterGlobally();
  };
}

/** Returns the addresses at which events are received and metrics are served. */
const listAddresses = (inputs: Inputs, deliveries: DeliveryList): Address[] => [
  ...inputs.states.flatMap(({ input, address, state }) =>
    state === 'listening' ? [{ kind: input, address }] : [],
  ),
  ...deliveries
    .list()
    .flatMap(({ exporter, address }) =>
      exporter === 'prometheus' && address !== undefined ? [{ kind: exporter, address }] : [],
    ),
];

function reportFailedStart({ message }: Error): void {
  warnOnce(message);
  // The numbers of one worker would be taken for those of all.
  if (cluster.isWorker) writeLine(message);
}

function startProfiler(settings: OwnSettings): GPUProfiler {
  const { gpuIntervalMs: intervalMs, gpuTimeoutMs: timeoutMs, gpuSource: source } = settings;
  const { nvmlLibrary, nvidiaSmi, kubeletSocket } = settings;
  return new GPUProfiler({ intervalMs, timeoutMs, source, nvmlLibrary, nvidiaSmi, kubeletSocket });
}
