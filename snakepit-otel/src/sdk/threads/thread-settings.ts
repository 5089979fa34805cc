import { getEnvironmentData, type Serializable, setEnvironmentData } from 'node:worker_threads';
import type { SamplerConfigModel } from '@opentelemetry/configuration';
import type { SpanLimits } from '@opentelemetry/sdk-trace-node';
import type { UnfinishedSpansConfig } from 'opentelemetry-instrumentation-snakepit';
import type { Backlog } from './backlog.js';

/** Threads inherit data under this name from the thread that creates them. */
const NAME = 'snakepit-otel';

/** Settings of the telemetry in threads. Each thread has a copy. */
export interface ThreadSettings {
  readonly sampler: SamplerConfigModel | undefined;
  readonly spanLimits: SpanLimits;
  readonly propagators: readonly string[];
  readonly spans: UnfinishedSpansConfig | undefined;
  readonly backlog: Backlog;
}

/** Sets the settings of the threads that are created from now on; `undefined` starts no telemetry in them. */
export const setThreadSettings = (settings: ThreadSettings | undefined): void =>
  setEnvironmentData(NAME, settings as Serializable);

/** Returns the settings of this thread; `undefined` if it has no telemetry. */
export const threadSettings = (): ThreadSettings | undefined =>
  getEnvironmentData(NAME) as unknown as ThreadSettings | undefined;
