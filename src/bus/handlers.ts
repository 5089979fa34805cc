import type { AnyEvent, EventName, SnakepitEvent } from '../catalog/event-map.js';
import { errorMessage } from '../common/error-message.js';
import { isPromiseLike } from '../common/is-promise-like.js';
import { processState } from '../common/process-state.js';
import { subscribe } from './bus.js';
import { reportProblem } from './diagnostics.js';

/** An attached handler: its events, and how to detach it from their channels. */
interface AttachedHandler {
  readonly events: readonly string[];
  readonly detach: () => void;
}

const attached = processState('handlers', () => new Map<string, AttachedHandler>());

export type EventHandler<N extends EventName> = (event: SnakepitEvent<N>) => unknown;

/** Thrown by {@link attach} and {@link attachMany} when the id is taken. */
export class HandlerExistsError extends Error {
  readonly code = 'SNAKEPIT_HANDLER_EXISTS';
  constructor(id: string) {
    super(`A handler with the id '${id}' is attached already; detach it first or choose another id.`);
    this.name = 'HandlerExistsError';
  }
}

/**
 * Calls `handler` for every event of that name, in this process. A handler that throws or rejects is detached
 * and reported; the publisher never notices.
 *
 * @throws HandlerExistsError when `id` is taken
 */
export function attach<const N extends EventName>(id: string, event: N, handler: EventHandler<N>): void {
  attachMany(id, [event], handler);
}

/**
 * Like {@link attach}, for several events under one id.
 *
 * @throws HandlerExistsError when `id` is taken
 */
export function attachMany<const N extends EventName>(
  id: string,
  events: readonly N[],
  handler: EventHandler<N>,
): void {
  if (attached.has(id)) throw new HandlerExistsError(id);

  const fail = (event: AnyEvent, error: unknown) => {
    // The second failure of events already under way says nothing new.
    if (!detach(id)) return;
    const errorType = error instanceof Error ? error.name : typeof error;
    reportProblem(
      'snakepit.telemetry.handler.failed',
      { handler_id: id, event: event.name, error_type: errorType },
      `Handler '${id}' failed on ${event.name} and was detached: ${errorType}: ${errorMessage(error)}`,
    );
  };
  const guarded = (event: AnyEvent) => {
    try {
      const result = (handler as (event: AnyEvent) => unknown)(event);
      if (isPromiseLike(result)) result.then(undefined, (error) => fail(event, error));
    } catch (error) {
      fail(event, error);
    }
  };

  const subscriptions = events.map((event) => subscribe(event, guarded));
  attached.set(id, {
    events: [...events],
    detach: () => {
      for (const unsubscribe of subscriptions) unsubscribe();
    },
  });
}

/** Detaches a handler. Returns whether there was one. */
export function detach(id: string): boolean {
  const handler = attached.get(id);
  if (handler === undefined) return false;
  attached.delete(id);
  handler.detach();
  return true;
}

/** The attached handlers, in the order they came; with `event`, only those that receive it. */
export function listHandlers(event?: EventName): { id: string; events: readonly string[] }[] {
  return [...attached]
    .filter(([, handler]) => event === undefined || handler.events.includes(event))
    .map(([id, handler]) => ({ id, events: handler.events }));
}
