import type { EventDefinition } from '../event-definition.js';
import { circuitBreakerEvents } from './circuit-breaker.js';
import { errorEvents } from './error.js';
import { gpuEvents } from './gpu.js';
import { grpcEvents } from './grpc.js';
import { hardwareEvents } from './hardware.js';
import { heartbeatEvents } from './heartbeat.js';
import { lifecycleEvents } from './lifecycle.js';
import { poolEvents } from './pool.js';
import { pythonEvents } from './python.js';
import { retryEvents } from './retry.js';
import { sessionEvents } from './session.js';
import { telemetryEvents } from './telemetry.js';
import { workerEvents } from './worker.js';
import { zeroCopyEvents } from './zero-copy.js';

/** Every event that this package knows: the single source of truth for types, instruments, spans, logs and documents. */
export const catalog = {
  ...hardwareEvents,
  ...circuitBreakerEvents,
  ...gpuEvents,
  ...errorEvents,
  ...retryEvents,
  ...poolEvents,
  ...workerEvents,
  ...sessionEvents,
  ...heartbeatEvents,
  ...grpcEvents,
  ...pythonEvents,
  ...zeroCopyEvents,
  ...lifecycleEvents,
  ...telemetryEvents,
} satisfies Record<string, EventDefinition>;

const rows: Readonly<Record<string, EventDefinition>> = catalog;

/** The rows as a list of name and meaning. */
export const catalogEvents = Object.entries(rows);
