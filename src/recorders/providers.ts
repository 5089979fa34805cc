import * as api from '@opentelemetry/api';
import { type LoggerProvider, logs as legacyLogs } from '@opentelemetry/api-logs';
import { isPlaceholder } from '../common/provider-state.js';

/** Logs API of `@opentelemetry/api` 1.10. Version 1.9 has none: Node would not link a named import, and bundlers check `api.logs`. */
const currentLogs: typeof legacyLogs | undefined = Reflect.get(api, 'logs');

/** Logs APIs: SDK 3.x registers its provider in that of `@opentelemetry/api` 1.10, SDK 2.x in `@opentelemetry/api-logs`. */
const logsApis = [currentLogs, legacyLogs].filter((logs) => logs !== undefined);

/** The providers that an instrumentation records into: for each signal that of the host for this instrumentation, else the global one. */
export class Providers {
  #ownTraces: api.TracerProvider | undefined;
  #ownMetrics: api.MeterProvider | undefined;
  #ownLogs: LoggerProvider | undefined;

  get traces(): api.TracerProvider {
    return this.#ownTraces ?? api.trace.getTracerProvider();
  }

  /** Sets the provider of the host. The global one, or one without an SDK, selects the global one of the day. */
  set traces(provider: api.TracerProvider) {
    this.#ownTraces = own(provider, api.trace.getTracerProvider());
  }

  get metrics(): api.MeterProvider {
    return this.#ownMetrics ?? api.metrics.getMeterProvider();
  }

  set metrics(provider: api.MeterProvider) {
    this.#ownMetrics = own(provider, api.metrics.getMeterProvider());
  }

  /** Providers of log records, the preferred one first. */
  get logs(): readonly LoggerProvider[] {
    return this.#ownLogs === undefined ? logsApis.map((logs) => logs.getLoggerProvider()) : [this.#ownLogs];
  }

  setLogs(provider: LoggerProvider): void {
    this.#ownLogs = own(provider, ...logsApis.map((logs) => logs.getLoggerProvider()));
  }

  /** Returns the providers of all signals. */
  all(): object[] {
    return [this.traces, this.metrics, ...this.logs];
  }
}

/** Returns a provider that the host has set for this instrumentation. */
const own = <T extends object>(provider: T, ...globals: readonly object[]): T | undefined =>
  globals.includes(provider) || isPlaceholder(provider) ? undefined : provider;
