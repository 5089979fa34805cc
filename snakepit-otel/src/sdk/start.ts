import type { ConfigurationModel } from '@opentelemetry/configuration';
import { processState } from 'opentelemetry-instrumentation-snakepit/internal';
import { propagatorNames } from '../configuration/merge-lists.js';
import type { TelemetryOptions } from '../configuration/options.js';
import { type ProgramDefaults, type ResolvedConfiguration, resolve } from '../configuration/resolve.js';
import { type Components, type StartOptions, startComponents } from './components.js';
import { flush, flushMetrics } from './flush.js';
import { registerPropagation } from './globals.js';
import { printWarning } from './print-warning.js';
import { ProcessEnd } from './process-end.js';
import { buildPropagator } from './propagator.js';
import { shutDown } from './shutdown.js';
import { setParts, type Telemetry } from './telemetry.js';

/** The telemetry of this process, whichever copy of the package started it. */
const running = processState<{ telemetry?: Telemetry | undefined }>('telemetry', () => ({}));
const RUNS_ALREADY =
  'startTelemetry() was called while telemetry runs, started by an earlier call or by register. The running one goes on, and the ' +
  'options of this call have no effect. To start anew, call shutdown() first.';

/**
 * Starts an OpenTelemetry SDK with the instrumentation registered, for an application without an SDK of its own. Propagates the
 * context only if `OTEL_SDK_DISABLED` is `true`. A variable of OpenTelemetry that cannot be used gives one line on stderr, and its
 * default. While telemetry runs, another call gives one line on stderr and returns the running one.
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
export const startWithDefaults = (options: TelemetryOptions, defaults?: ProgramDefaults): Telemetry =>
  startResolved(resolve(options, process.env, defaults), { instrumentation: options.instrumentation });

/** Starts telemetry as configured. */
export function startResolved(configuration: ResolvedConfiguration, options: StartOptions): Telemetry {
  if (configuration.model.disabled) return onlyPropagation(configuration.model);
  if (running.telemetry !== undefined) {
    printWarning(RUNS_ALREADY);
    return running.telemetry;
  }
  const components = startComponents(configuration, options);
  const telemetry = run(components);
  running.telemetry = telemetry;
  const { accounting, inputs, profiler, providers, page } = components;
  setParts(telemetry, {
    configuration,
    deliveries: accounting.deliveries,
    inputs,
    profiler,
    pages: providers.pages,
    livePage: page,
    flushMetrics: () => flushMetrics(components),
  });
  return telemetry;
}

/** Returns the telemetry of components that run, which ends with the process if so configured. */
function run(components: Components): Telemetry {
  const { configuration, ready, page } = components;
  let closing: Promise<void> | undefined;
  const shutdown = () => {
    if (running.telemetry === telemetry) running.telemetry = undefined;
    closing ??= shutDown(components, () => end.removeHooks());
    return closing;
  };
  const end = new ProcessEnd(components, shutdown);
  if (configuration.settings.handleSignals) end.installHooks();
  const telemetry: Telemetry = {
    ready,
    get pageUrl() {
      return page?.address;
    },
    forceFlush: () => flush(components),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
  return telemetry;
}

/** Propagates the context of other processes and records nothing: the specification disables the SDK without its propagators. */
function onlyPropagation({ propagator }: ConfigurationModel): Telemetry {
  const unregister = registerPropagation(buildPropagator(propagatorNames(propagator ?? {})));
  const shutdown = async () => unregister();
  return {
    ready: Promise.resolve(),
    pageUrl: undefined,
    forceFlush: async () => {},
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}
