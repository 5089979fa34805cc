import cluster from 'node:cluster';
import { DiagConsoleLogger, diag } from '@opentelemetry/api';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import {
  gpuUsageTracker,
  omitUndefined,
  processState,
  warnOnce,
  withTimeout,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { propagatorNames } from '../configuration/merge-lists.js';
import type { TelemetryOptions } from '../configuration/options.js';
import { type ProgramDefaults, type ResolvedConfiguration, resolve } from '../configuration/resolve.js';
import { Inputs } from '../inputs/inputs.js';
import { CallSpans } from '../inputs/otlp/call-spans.js';
import { ShownSpans } from '../inputs/otlp/shown-spans.js';
import { deliveryOf, startAccounting } from './current-accounting.js';
import type { DeliveryList } from './delivery.js';
import { diagLevel } from './diag-level.js';
import type { ExportAccounting } from './export-accounting.js';
import { Forwarding } from './forwarding/forwarding.js';
import { registerGlobally, registerPropagation } from './globals.js';
import { flushIfHostIsIdle } from './idle-host.js';
import { LivePage } from './live-page.js';
import type { PageServer } from './page-server.js';
import { printLastWarning, printWarning, writeLine } from './print-warning.js';
import { buildPropagator } from './propagator.js';
import { buildProviders } from './providers.js';
import { installShutdownHooks } from './shutdown-hooks.js';
import { ThreadTelemetry } from './threads/thread-telemetry.js';
import { TimeBudget } from './time-budget.js';

/** Time limit of the exports of a shutdown or flush, ms: with what follows, it takes less than 5 s. */
const EXPORT_LIMIT_MS = 4500;
/** Time limit for the exporters to end once they are aborted, ms. */
const ABORT_LIMIT_MS = 200;
/** Time limit for the detection of the resource, ms. */
const RESOURCE_LIMIT_MS = 1000;
/** Time limit for the last sample of the GPUs at a shutdown, ms. */
const GPU_SHUTDOWN_LIMIT_MS = 1000;
/** Least time that is worth a flush at the end of the process, ms. */
const MIN_FLUSH_MS = 1000;
/** Time that a process that exits is blocked at most, ms. */
const EXIT_LIMIT_MS = 2000;
/** Time that it is blocked at most if flushes before have used up their time, ms. */
const SHORT_EXIT_LIMIT_MS = 500;
/** Time between exports after a signal that the host handles, ms. */
const DRAIN_INTERVAL_MS = 100;
/** Time after a flush at which a process that goes on counts exports again, ms. */
const RESUME_DELAY_MS = 1000;
const ADVICE =
  'Set OTEL_EXPORTER_OTLP_ENDPOINT to the URL of a collector, or OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and ' +
  'OTEL_LOGS_EXPORTER to none.';

/** The telemetry of this process, whichever copy of the package started it. */
const running = processState<{ telemetry?: Telemetry | undefined }>('telemetry', () => ({}));
const RUNS_ALREADY =
  'startTelemetry() was called while telemetry runs, started by an earlier call or by register. The running one goes on, and the ' +
  'options of this call have no effect. To start anew, call shutdown() first.';

/** Running telemetry. `await using` shuts it down at the end of the scope. */
export interface Telemetry extends AsyncDisposable {
  /**
   * Resolves when everything is running. Rejects with PrometheusServerError if the Prometheus endpoint cannot be served, and with
   * InputError if an input cannot be started; everything else then runs, and a rejection that nobody handles is not reported as unhandled.
   */
  readonly ready: Promise<void>;
  /** URL of the live page, without a token; undefined until `ready` has resolved, and if the page is not served. */
  readonly pageUrl: string | undefined;
  /** Exports everything that is queued, within 5 seconds. Never rejects: failures are logged through `diag`. */
  forceFlush(): Promise<void>;
  /**
   * Exports everything that is queued and stops, within 5 seconds. Writes one line to stderr if spans, metrics or log records
   * were lost. Idempotent. Never rejects.
   */
  shutdown(): Promise<void>;
}

/** Parts of running telemetry, for programs that show its state. */
export interface TelemetryParts {
  readonly configuration: ResolvedConfiguration;
  readonly deliveries: DeliveryList;
  readonly inputs: Inputs;
  readonly profiler: GPUProfiler | undefined;
  /** Servers of the Prometheus endpoints. */
  readonly pages: readonly PageServer[];
  readonly livePage: LivePage | undefined;
  /** Exports metrics now, which loses nothing if it fails: a later export makes up for it. */
  flushMetrics(): Promise<void>;
}

const partsByTelemetry = new WeakMap<Telemetry, TelemetryParts>();

/** Returns the parts of telemetry; undefined if it only propagates the context. */
export const partsOf = (telemetry: Telemetry): TelemetryParts | undefined => partsByTelemetry.get(telemetry);

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

/** How a program starts telemetry. */
interface StartOptions {
  /** Options of the instrumentation. */
  readonly instrumentation?: TelemetryOptions['instrumentation'];
  /** True if the program has a logger of `diag`, and reports why `ready` rejects. @default false */
  readonly hasLog?: boolean;
}

/** Starts telemetry as configured. */
export function startResolved(
  resolved: ResolvedConfiguration,
  { instrumentation: ofInstrumentation, hasLog = false }: StartOptions,
): Telemetry {
  const { settings, model } = resolved;
  if (model.disabled) return onlyPropagation(model);
  if (running.telemetry !== undefined) {
    printWarning(RUNS_ALREADY);
    return running.telemetry;
  }
  const accounting = startAccounting();
  const forwarding = new Forwarding(model, accounting);
  const calls = new CallSpans();
  const page = settings.ui ? new LivePage(settings.ui === true ? {} : settings.ui, settings) : undefined;
  const inputs = new Inputs(settings.inputs ?? {}, resolved.defaultInputs, printWarning, {
    forwarding,
    calls,
    shown: page && new ShownSpans(page.spans),
  });
  for (const warning of resolved.warnings) printWarning(warning);
  if (model.log_level && !hasLog) {
    const logLevel = diagLevel(model.log_level);
    diag.setLogger(new DiagConsoleLogger(), { logLevel, suppressOverrideMessage: true });
  }
  const instrumentation = new SnakepitInstrumentation({
    spanGpu: settings.spanGpu,
    gpuConventions: settings.gpuConventions,
    spans: settings.spans,
    ...ofInstrumentation,
    enabled: false,
  });
  const providers = buildProviders(resolved, {
    spanProcessors: page === undefined ? [] : [page.spans],
    calls: settings.inputs?.otlp ? calls : undefined,
  });
  const { tracerProvider, meterProvider, loggerProvider } = providers;
  const all = [tracerProvider, meterProvider, loggerProvider].filter((provider) => provider !== undefined);

  const threads =
    settings.workerThreads && tracerProvider !== undefined
      ? new ThreadTelemetry(resolved, providers, (count) => accounting.lose('traces', count))
      : undefined;
  const unregisterGlobally = registerGlobally(providers);
  const unregister = registerInstrumentations({
    instrumentations: [instrumentation],
    ...omitUndefined({ tracerProvider, meterProvider, loggerProvider }),
  });
  instrumentation.enable();
  const { includeSensitive = false, events: customEvents = {} } = ofInstrumentation ?? {};
  const serving = page?.start({
    resource: providers.resource,
    includeSensitive,
    customEvents,
    delivery: () => deliveryOf(accounting).list(),
    addresses: () => [
      ...inputs.states.flatMap(({ input, address, state }) =>
        state === 'listening' ? [{ kind: input, address }] : [],
      ),
      ...deliveryOf(accounting)
        .list()
        .flatMap(({ exporter, address }) =>
          exporter === 'prometheus' && address !== undefined ? [{ kind: exporter, address }] : [],
        ),
    ],
  });
  const ready = Promise.all([providers.ready, inputs.start(), serving]).then(() => {});
  ready.catch((error: Error) => {
    if (hasLog) return;
    warnOnce(error.message);
    // The numbers of one worker would be taken for those of all.
    if (cluster.isWorker) writeLine(error.message);
  });
  const { gpuIntervalMs: intervalMs, gpuTimeoutMs: timeoutMs, gpuSource: source } = settings;
  const { nvmlLibrary, nvidiaSmi, kubeletSocket } = settings;
  const profiler = settings.gpu
    ? new GPUProfiler({ intervalMs, timeoutMs, source, nvmlLibrary, nvidiaSmi, kubeletSocket })
    : undefined;

  /** Batch processors take what is queued, and hold it until the resource is complete, where a process that exits would not find it. */
  const resourceComplete = () =>
    withTimeout(RESOURCE_LIMIT_MS, Promise.resolve(providers.resource.waitForAsyncAttributes?.()), undefined);
  const flushAll = async () => {
    gpuUsageTracker().flush();
    threads?.drain();
    await resourceComplete();
    await logRejections([...all.map((provider) => provider.forceFlush()), forwarding.drained()]);
  };
  /** Ends the exporters' work at the limit: their retries and sockets would keep the process alive. */
  const withinLimit = async (work: Promise<void>, limitMs = EXPORT_LIMIT_MS): Promise<void> => {
    // A retry may wait longer than the limit.
    const endHurry = accounting.hurry();
    const inTime = await withTimeout(limitMs, work.then(returnTrue), false).finally(endHurry);
    if (!inTime) await accounting.abort(withTimeout(ABORT_LIMIT_MS, work, undefined));
  };
  const forceFlush = (limitMs?: number) =>
    withinLimit(
      flushAll().then(() => accounting.settled()),
      limitMs,
    );

  let flushing: Promise<void> | undefined;
  let resuming: NodeJS.Timeout | undefined;
  const budget = new TimeBudget(EXPORT_LIMIT_MS);
  const flushAtEnd = async () => {
    if (flushing !== undefined) return flushing;
    // Listeners of the host that go on at each end of the event loop would multiply the limit. What is left is sent at the exit.
    if (budget.leftMs < MIN_FLUSH_MS) return undefined;
    flushing = (async () => {
      const endUse = budget.use();
      clearTimeout(resuming);
      accounting.isEnding = true;
      // A process that is done would never end if every flush met new events.
      if (inputs.isActive) await inputs.pause();
      await forceFlush(budget.leftMs).finally(endUse);
      resuming = setTimeout(() => {
        accounting.isEnding = false;
        inputs.resume();
      }, RESUME_DELAY_MS).unref();
      flushing = undefined;
    })();
    return flushing;
  };
  let draining: NodeJS.Timeout | undefined;
  const drain = () => {
    void forceFlush();
    draining ??= setInterval(() => {
      if (accounting.hasQueued || forwarding.isWaiting) void forceFlush();
    }, DRAIN_INTERVAL_MS).unref();
  };

  let closing: Promise<void> | undefined;
  const close = async () => {
    if (inputs.isActive) await inputs.stop();
    accounting.isEnding = true;
    if (profiler !== undefined) await withTimeout(GPU_SHUTDOWN_LIMIT_MS, profiler.shutdown(), undefined);
    gpuUsageTracker().flush();
    threads?.stop();
    await resourceComplete();
    // All at once: what does not end within the limit must not start anything after it.
    await logRejections([forwarding.drained(), ...all.map((provider) => provider.shutdown()), page?.stop()]);
  };
  const shutdown = () => {
    if (running.telemetry === telemetry) running.telemetry = undefined;
    closing ??= withinLimit(close()).finally(() => {
      clearInterval(draining);
      for (const remove of removers) remove();
      unregister();
      unregisterGlobally();
      forwarding.stop();
      printLoss(accounting);
    });
    return closing;
  };
  const sendRest = (limitMs: number) => {
    threads?.drain();
    accounting.sendRest(limitMs);
    forwarding.stop();
    printLoss(accounting);
  };
  const exitBudget = new TimeBudget(EXIT_LIMIT_MS);
  const exit = () => {
    const endUse = exitBudget.use();
    sendRest(Math.min(exitBudget.leftMs, SHORT_EXIT_LIMIT_MS + budget.leftMs));
    endUse();
  };
  const removers = settings.handleSignals
    ? [
        installShutdownHooks({ flush: flushAtEnd, drain, shutdown, exit, giveUp: () => sendRest(0) }),
        flushIfHostIsIdle(accounting, flushAtEnd),
      ]
    : [];
  const telemetry: Telemetry = {
    ready,
    get pageUrl() {
      return page?.address;
    },
    forceFlush: () => forceFlush(),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
  running.telemetry = telemetry;
  partsByTelemetry.set(telemetry, {
    configuration: resolved,
    deliveries: deliveryOf(accounting),
    inputs,
    profiler,
    pages: providers.pages,
    livePage: page,
    flushMetrics: () => logRejections(meterProvider === undefined ? [] : [meterProvider.forceFlush()]),
  });
  return telemetry;
}

const returnTrue = () => true;

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

/** Waits for all promises and logs each rejection. */
async function logRejections(promises: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === 'rejected') warnOnce(`Export failed: ${result.reason?.message ?? result.reason}`);
  }
}

/** Writes one line that says what was lost and how to mend it. */
function printLoss(accounting: ExportAccounting): void {
  const loss = accounting.takeLoss();
  if (loss === undefined) return;
  const problem = loss.problem === undefined ? '' : ` (${loss.problem})`;
  printLastWarning(`lost ${loss.counts}${problem}. ${ADVICE}`);
}
