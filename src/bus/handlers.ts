import type { AnyEvent } from '../catalog/any-event.js';
import type { EventName, SnakepitEvent } from '../catalog/event-map.js';
import { onRejection } from '../common/on-rejection.js';
import { onNextContext, processState } from '../common/process-state.js';
import { type ErrorParts, readError } from '../common/read-error.js';
import { listParser, parseFunction, parseText } from '../configuration/parse.js';
import { listen } from './bus.js';
import { ChainGuard } from './call-chain.js';
import { reportProblem } from './diagnostics.js';

/** Events of a handler, and a function that detaches it from their channels. */
interface AttachedHandler {
  readonly events: readonly string[];
  readonly detach: () => void;
}

const attached = processState('handlers', () => new Map<string, AttachedHandler>());
onNextContext(() => {
  for (const id of attached.keys()) detach(id);
});

/** Calls of a handler inside each other, by events that it publishes itself, at which it is detached. */
const MAX_DEPTH = 8;
const REENTRY = {
  name: 'HandlerReentryError',
  message: `it published its own event inside itself ${MAX_DEPTH} times`,
};

/** An attached handler. */
export interface HandlerInfo {
  /** Id that it was attached with. */
  readonly id: string;
  /** Names of its events. */
  readonly events: readonly string[];
}

/** Receives events. A returned native promise is awaited for errors only. */
export type EventHandler<N extends EventName> = (event: SnakepitEvent<N>) => unknown;

/** Thrown by {@link attach} and {@link attachMany} if the id is in use. */
export class HandlerExistsError extends Error {
  /** Identifies the error, also across copies of this package. */
  readonly code = 'SNAKEPIT_HANDLER_EXISTS';
  /** Creates the error. @param id the id in use */
  constructor(id: string) {
    super(`A handler with the id '${id}' is already attached. Detach it first, or choose another id.`);
    this.name = 'HandlerExistsError';
  }
}

/**
 * Calls `handler` for every event of that name in this process. A handler that throws or rejects, or whose own events
 * call it again and again, at once or later, is detached and reported; the publisher does not notice.
 *
 * @param id unique in the process
 * @param event name of the event
 * @throws HandlerExistsError if `id` is in use
 * @throws ConfigurationError if the handler is not a function, or the id or an event is not a non-empty string
 */
export function attach<const N extends EventName>(id: string, event: N, handler: EventHandler<N>): void {
  attachMany(id, [event], handler);
}

/**
 * Calls `handler` for several events under one id. See {@link attach}.
 *
 * @throws HandlerExistsError if `id` is in use
 * @throws ConfigurationError if the handler is not a function, or the id or an event is not a non-empty string
 */
export function attachMany<const N extends EventName>(
  id: string,
  events: readonly N[],
  handler: EventHandler<N>,
): void {
  parseText(id, 'id');
  listParser(parseText)(events, 'events');
  parseFunction(handler, 'handler');
  if (attached.has(id)) throw new HandlerExistsError(id);

  const fail = (event: AnyEvent, { name: errorType, message }: Pick<ErrorParts, 'name' | 'message'>) => {
    // Events in flight may fail after the first failure has detached the handler.
    if (!detach(id)) return;
    reportProblem(
      'snakepit.telemetry.handler.failed',
      { handler_id: id, event: event.name, error_type: errorType },
      `Handler '${id}' failed on ${event.name} and was detached: ${errorType}: ${message}`,
    );
  };
  const guard = new ChainGuard(handler as (event: AnyEvent) => unknown);
  let isDetached = false;
  let depth = 0;
  const guarded = (event: AnyEvent) => {
    if (isDetached) return;
    if (depth >= MAX_DEPTH) {
      fail(event, REENTRY);
      return;
    }
    depth++;
    try {
      const result = guard.call(event);
      if (typeof result === 'object') onRejection(result, (error) => fail(event, readError(error)));
    } catch (error) {
      fail(event, readError(error));
    } finally {
      depth--;
    }
  };

  const names = [...new Set(events)];
  const subscriptions = names.map((event) => listen(event, guarded));
  attached.set(id, {
    events: names,
    detach: () => {
      isDetached = true;
      for (const unsubscribe of subscriptions) unsubscribe();
    },
  });
}

/** Detaches a handler. Returns false if no handler has this id. */
export function detach(id: string): boolean {
  const handler = attached.get(id);
  if (handler === undefined) return false;
  attached.delete(id);
  handler.detach();
  return true;
}

/** Lists the attached handlers in order of attachment; with `event`, only those that receive it. */
export function listHandlers(event?: EventName): HandlerInfo[] {
  return [...attached]
    .filter(([, handler]) => event === undefined || handler.events.includes(event))
    .map(([id, handler]) => ({ id, events: handler.events }));
}
