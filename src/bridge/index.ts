/**
 * Events of other processes: for hosts that receive them themselves, and for the processes that hosts start. Inputs that receive events,
 * such as sockets, are part of `snakepit-otel`.
 *
 * @module opentelemetry-instrumentation-snakepit/bridge
 */

export { type WorkerContext, workerContext } from '../common/worker-context.js';
export { publishWireEvent, type WireRefusal } from './wire-event.js';
