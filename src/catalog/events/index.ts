import type { EventDefinition } from '../event-definition.js';
import { bridgeEvents } from './bridge.js';
import { circuitBreakerEvents } from './circuit-breaker.js';
import { errorEvents } from './error.js';
import { gpuEvents } from './gpu.js';
import { gpuPodEvents } from './gpu-pods.js';
import { gpuSampleEvents } from './gpu-samples.js';
import { grpcEvents } from './grpc.js';
import { hardwareEvents } from './hardware.js';
import { heartbeatEvents } from './heartbeat.js';
import { inferenceEvents } from './inference.js';
import { lifecycleEvents } from './lifecycle.js';
import { poolEvents } from './pool.js';
import { pythonEvents } from './python.js';
import { retryEvents } from './retry.js';
import { sessionEvents } from './session.js';
import { telemetryEvents } from './telemetry.js';
import { undeclaredEvents } from './undeclared.js';
import { workerEvents } from './worker.js';
import { zeroCopyEvents } from './zero-copy.js';

/** Every event of this package. Types, instruments, spans, logs and documents derive from this table. */
export const catalog = {
  ...hardwareEvents,
  ...circuitBreakerEvents,
  ...gpuPodEvents,
  ...gpuSampleEvents,
  ...gpuEvents,
  ...errorEvents,
  ...retryEvents,
  ...poolEvents,
  ...workerEvents,
  ...sessionEvents,
  ...heartbeatEvents,
  ...grpcEvents,
  ...pythonEvents,
  ...undeclaredEvents,
  ...zeroCopyEvents,
  ...inferenceEvents,
  ...lifecycleEvents,
  ...bridgeEvents,
  ...telemetryEvents,
  ...bridgeEvents,
} satisfies Record<string, EventDefinition>;

const definitions: Readonly<Record<string, EventDefinition>> = catalog;

/** The events of the catalog as a list of name and definition. */
export const catalogEvents = Object.entries(definitions);
