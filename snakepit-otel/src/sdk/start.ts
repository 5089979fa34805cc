import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import {
  gpuUsageTracker,
  oneOf,
  warnOnce,
  withTimeout,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { registerGlobally } from './globals.js';
import type { TelemetryOptions } from './options.js';
import { buildProviders } from './providers.js';
import { type Defaults, resolve } from './resolve.js';
import { installShutdownHooks } from './shutdown-hooks.js';

/** How long the end of the process may wait for exporters, ms. */
const SHUTDOWN_LIMIT_MS = 5000;
const DIAG_LEVELS = ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL'] as const;

export interface Telemetry extends AsyncDisposable {
  /**
   * Settles when everything is running. Rejects with PrometheusServerError when the metrics page cannot be served; all
   * else runs then, and nothing happens to a host that does not look.
   */
  readonly ready: Promise<void>;
  /** Exports what waits. Never rejects. */
  forceFlush(): Promise<void>;
  /** Exports what waits and stops, within five seconds. May be called again. Never rejects. */
  shutdown(): Promise<void>;
}

/**
 * Starts an OpenTelemetry SDK with the instrumentation registered. For hosts that have none of their own.
 *
 * @throws ConfigurationError for a setting that cannot be used; nothing has been started then
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  return startWith(options);
}

/** For a program of this package that has its own defaults. @throws ConfigurationError */
export function startWith(options: TelemetryOptions, defaults?: Defaults): Telemetry {
  const logLevel = process.env.OTEL_LOG_LEVEL;
  if (logLevel) {
    const level = oneOf(DIAG_LEVELS)(logLevel.toUpperCase(), 'OTEL_LOG_LEVEL');
    diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel[level], suppressOverrideMessage: true });
  }
  if (process.env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return DISABLED;

  const resolved = resolve(options, process.env, defaults);
  const { settings } = resolved;
  const instrumentation = new SnakepitInstrumentation({
    spanGpu: settings.spanGpu,
    gpuConventions: settings.gpuConventions,
    ...options.instrumentation,
    enabled: false,
  });
  const built = buildProviders(resolved);
  const { tracerProvider, meterProvider, loggerProvider, ready } = built;
  const providers = [tracerProvider, meterProvider, loggerProvider];
  ready.catch((error: Error) => warnOnce(error.message));

  const unregisterGlobally = registerGlobally(built);
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
    return settle(providers.map((provider) => provider.forceFlush()));
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    removeExitListeners();
    await profiler?.shutdown();
    gpuUsageTracker().flush();
    await settle(providers.map((provider) => provider.shutdown()));
    unregister();
    unregisterGlobally();
  };
  const shutdown = () => {
    closing ??= withTimeout(SHUTDOWN_LIMIT_MS, close(), undefined);
    return closing;
  };
  const removeExitListeners = settings.handleSignals ? installShutdownHooks(shutdown) : () => {};
  return { ready, forceFlush, shutdown, [Symbol.asyncDispose]: shutdown };
}

const nothing = async () => {};
const DISABLED: Telemetry = {
  ready: Promise.resolve(),
  forceFlush: nothing,
  shutdown: nothing,
  [Symbol.asyncDispose]: nothing,
};

/** Waits for all, whatever becomes of each; what fails is told. */
async function settle(all: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(all)) {
    if (result.status === 'rejected')
      warnOnce(`Exporting failed: ${result.reason?.message ?? result.reason}`);
  }
}
