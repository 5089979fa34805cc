import { DiagConsoleLogger, diag } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { gpuUsageTracker, warnOnce, withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import type { TelemetryOptions } from '../configuration/options.js';
import { type ProgramDefaults, resolve } from '../configuration/resolve.js';
import { diagLevel } from './diag-level.js';
import { registerGlobally } from './globals.js';
import { printWarning } from './print-warning.js';
import { buildProviders } from './providers.js';
import { installShutdownHooks } from './shutdown-hooks.js';

/** Time limit of a shutdown, ms. */
const SHUTDOWN_LIMIT_MS = 5000;

/** Running telemetry. `await using` shuts it down at the end of the scope. */
export interface Telemetry extends AsyncDisposable {
  /**
   * Resolves when everything is running. Rejects with PrometheusServerError if the Prometheus endpoint cannot be served;
   * everything else then runs, and a rejection that nobody handles is not reported as unhandled.
   */
  readonly ready: Promise<void>;
  /** Exports everything that is queued. Never rejects: failures are logged through `diag`. */
  forceFlush(): Promise<void>;
  /** Exports everything that is queued and stops, within 5 seconds. Idempotent. Never rejects. */
  shutdown(): Promise<void>;
}

/**
 * Starts an OpenTelemetry SDK with the instrumentation registered, for an application without an SDK of its own. Does nothing if
 * `OTEL_SDK_DISABLED` is `true`. A variable of OpenTelemetry that cannot be used gives one line on stderr, and its default.
 *
 * @param options options in code; they have precedence over the file and the environment
 * @throws ConfigurationError for a setting that cannot be used; nothing is started then
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  return startWithDefaults(options);
}

/**
 * Starts telemetry for a program that has its own defaults.
 *
 * @throws ConfigurationError for a setting that cannot be used; nothing is started then
 */
export function startWithDefaults(options: TelemetryOptions, defaults?: ProgramDefaults): Telemetry {
  const resolved = resolve(options, process.env, defaults);
  const { settings, model } = resolved;
  if (model.disabled) return DISABLED;
  for (const warning of resolved.warnings) printWarning(warning);
  if (model.log_level) {
    const logLevel = diagLevel(model.log_level);
    diag.setLogger(new DiagConsoleLogger(), { logLevel, suppressOverrideMessage: true });
  }
  const instrumentation = new SnakepitInstrumentation({
    spanGpu: settings.spanGpu,
    gpuConventions: settings.gpuConventions,
    ...options.instrumentation,
    enabled: false,
  });
  const providers = buildProviders(resolved);
  const { tracerProvider, meterProvider, loggerProvider, ready } = providers;
  const all = [tracerProvider, meterProvider, loggerProvider];
  ready.catch((error: Error) => warnOnce(error.message));

  const unregisterGlobally = registerGlobally(providers);
  const unregister = registerInstrumentations({
    instrumentations: [instrumentation],
    tracerProvider,
    meterProvider,
    loggerProvider,
  });
  instrumentation.enable();
  const { gpuIntervalMs: intervalMs, gpuSource: source, nvmlLibrary } = settings;
  const profiler = settings.gpu ? new GPUProfiler({ intervalMs, source, nvmlLibrary }) : undefined;

  const forceFlush = () => {
    gpuUsageTracker().flush();
    return logRejections(all.map((provider) => provider.forceFlush()));
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    removeShutdownHooks();
    await profiler?.shutdown();
    gpuUsageTracker().flush();
    await logRejections(all.map((provider) => provider.shutdown()));
    unregister();
    unregisterGlobally();
  };
  const shutdown = () => {
    closing ??= withTimeout(SHUTDOWN_LIMIT_MS, close(), undefined);
    return closing;
  };
  const removeShutdownHooks = settings.handleSignals ? installShutdownHooks(shutdown) : () => {};
  return { ready, forceFlush, shutdown, [Symbol.asyncDispose]: shutdown };
}

const noop = async () => {};
const DISABLED: Telemetry = {
  ready: Promise.resolve(),
  forceFlush: noop,
  shutdown: noop,
  [Symbol.asyncDispose]: noop,
};

/** Waits for all promises and logs each rejection. */
async function logRejections(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === 'rejected') warnOnce(`Export failed: ${result.reason?.message ?? result.reason}`);
  }
}
