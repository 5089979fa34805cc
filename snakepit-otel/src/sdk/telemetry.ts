import type { GPUProfiler } from 'opentelemetry-instrumentation-snakepit';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import type { Inputs } from '../inputs/inputs.js';
import type { DeliveryList } from './delivery.js';
import type { LivePage } from './live-page.js';
import type { PageServer } from './page-server.js';

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

/** Makes the parts of telemetry known to {@link partsOf}. */
export const setParts = (telemetry: Telemetry, parts: TelemetryParts): void => {
  partsByTelemetry.set(telemetry, parts);
};
