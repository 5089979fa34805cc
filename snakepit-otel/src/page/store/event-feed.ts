import { trace } from '@opentelemetry/api';
import type {
  AnyEvent,
  CustomEventDefinition,
  EventDefinition,
  EventMap,
  LogLevel,
} from 'opentelemetry-instrumentation-snakepit';
import {
  catalogEvents,
  lineOf,
  omitUndefined,
  subscribeEach,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { timeOf } from './breakers.js';
import { errorOf } from './error-of.js';
import { MAX_TEXT } from './limits.js';
import type { PageStore } from './page-store.js';
import { attributesOf } from './span-json.js';

type Listener = (event: AnyEvent) => void;

/** Characters of the attributes of an event. */
const MAX_ATTRIBUTES = 4096;

/** Subscribes the store to the events of the bus until the returned function is called. */
export function feedEvents(
  store: PageStore,
  customEvents: Readonly<Record<string, CustomEventDefinition>>,
): () => void {
  const names = new Map<CustomEventDefinition, string>();
  const updates = updatesOf(store);
  const events: (readonly [string, CustomEventDefinition])[] = [
    ...catalogEvents,
    ...Object.entries(customEvents),
  ];
  for (const [name, definition] of events) names.set(definition, name);
  return subscribeEach(events, (definition) => {
    const name = names.get(definition);
    const listeners = [
      ...(name === undefined ? [] : (updates[name as keyof EventMap] ?? [])),
      ...(isLogged(name, definition) ? [logger(store, definition)] : []),
      ...(isShownError(definition) ? [errorListener(store, definition)] : []),
    ];
    if (listeners.length === 0) return undefined;
    return (event) => {
      for (const listener of listeners) listener(event);
    };
  });
}

/** Comes every few seconds, as samples do; the page has a panel of it. */
const POOL_STATUS = 'snakepit.pool.status';

/** Samples come every few seconds; the page has charts of them. Reports of this package about itself are shown if they have a line. */
const isLogged = (name: string | undefined, { sampled, reserved, log }: Partial<EventDefinition>): boolean =>
  sampled !== true && name !== POOL_STATUS && (reserved !== true || log !== undefined);

/** The event of the class of a Python error is shown instead of the event that carried it. */
const isShownError = ({ isError, log, pythonError, reserved }: Partial<EventDefinition>): boolean =>
  isError === true || (log?.level === 'error' && pythonError === undefined && reserved !== true);

/** What each event changes, beside the log. */
function updatesOf(store: PageStore): Partial<Record<keyof EventMap, Listener[]>> {
  const { gpus, breakers, pools, workers } = store;
  return {
    'snakepit.gpu.memory.sampled': [gpus.onMemory],
    'snakepit.gpu.utilization.sampled': [gpus.onUtilization],
    'snakepit.gpu.power.sampled': [gpus.onPower],
    'snakepit.gpu.temperature.sampled': [gpus.onTemperature],
    'snakepit.gpu.clocks.sampled': [gpus.onClocks],
    'snakepit.gpu.throttle.sampled': [gpus.onThrottle],
    'snakepit.gpu.process.sampled': [gpus.onProcess],
    'snakepit.gpu.device.found': [gpus.onFound],
    'snakepit.gpu.device.lost': [gpus.onLost],
    'snakepit.circuit_breaker.opened': [breakers.onOpened],
    'snakepit.circuit_breaker.closed': [breakers.onClosed],
    'snakepit.circuit_breaker.half_open': [breakers.onHalfOpen],
    'snakepit.circuit_breaker.state': [breakers.onState],
    'snakepit.circuit_breaker.call.rejected': [breakers.onRejected],
    'snakepit.circuit_breaker.call.failure': [breakers.onFailure],
    'snakepit.circuit_breaker.call.timeout': [breakers.onFailure],
    'snakepit.circuit_breaker.call.success': [breakers.onSuccess],
    'snakepit.pool.status': [pools.onStatus],
    'snakepit.pool.initialized': [pools.onInitialized],
    'snakepit.pool.worker_ready': [pools.onWorkerReady],
    'snakepit.pool.queue.enqueued': [pools.onEnqueued],
    'snakepit.pool.queue.dequeued': [pools.onDequeued],
    'snakepit.pool.queue.timeout': [pools.onDequeued],
    'snakepit.pool.saturated': [pools.onSaturated],
    'snakepit.pool.call.dispatched': [pools.count('requests')],
    'snakepit.request.executed': [pools.onExecuted],
    'snakepit.pool.worker.spawned': [workers.see],
    'snakepit.pool.worker.restarted': [pools.count('restarts')],
    'snakepit.worker.restarted': [pools.count('restarts')],
    'snakepit.worker.recycled': [pools.count('restarts')],
    'snakepit.retry.attempt': [pools.count('retries')],
    'snakepit.python.call.start': [workers.see],
    'snakepit.python.call.exception': [pools.count('errors')],
    'snakepit.python.tool.execution.start': [workers.see],
  };
}

function logger({ events, sources }: PageStore, definition: CustomEventDefinition): Listener {
  const line = lineOf(definition, sources.includeSensitive);
  const level: LogLevel = definition.log?.level ?? 'debug';
  return (event) =>
    events.add(level, () => {
      const { message, attributes } = line(event);
      return {
        ts: timeOf(event),
        level,
        name: event.name,
        text: withoutName(message, event.name).slice(0, MAX_TEXT),
        ...spanOfEvent(event),
        attributes: attributesOf(attributes, { characters: MAX_ATTRIBUTES }),
      };
    });
}

/** Returns the text of a line without the name, which is shown beside it. */
function withoutName(line: string, name: string): string {
  const prefix = `Telemetry: ${name} `;
  return line.startsWith(prefix) ? line.slice(prefix.length) : line;
}

function errorListener(store: PageStore, definition: CustomEventDefinition): Listener {
  const line = lineOf(definition, store.sources.includeSensitive);
  const describe = definition.log?.message as ((m: unknown, t: unknown) => string | undefined) | undefined;
  return (event) => {
    const { attributes } = line(event);
    const message = describe?.(event.measurements, event.metadata) ?? definition.description;
    const shown = attributesOf(attributes, { characters: MAX_ATTRIBUTES });
    store.errors.add(errorOf(store, event, { message, attributes: shown, ...spanOfEvent(event) }));
  };
}

/** Returns the trace and span of an event, as far as they are known when it is published. */
function spanOfEvent({ span, remote }: AnyEvent): { trace?: string; span?: string } {
  if (remote !== undefined) {
    const [, traceId, spanId] = remote.traceparent?.split('-') ?? [];
    return omitUndefined({ trace: traceId, span: spanId });
  }
  const context = (span ?? trace.getActiveSpan())?.spanContext();
  return context === undefined ? {} : { trace: context.traceId, span: context.spanId };
}
