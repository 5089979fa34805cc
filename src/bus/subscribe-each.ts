import type { AnyEvent } from '../catalog/any-event.js';
import type { CustomEventDefinition } from '../catalog/event-definition.js';
import { onUndeclaredEvent } from '../catalog/undeclared-events.js';
import { subscribe } from './bus.js';

/**
 * Subscribes to events by their definitions, and to those of other processes that are declared later, until the returned function is
 * called.
 *
 * @param listenerOf returns the listener of an event; `undefined` for one that is not listened to
 * @param subscribeTo subscribes to one event. @default `subscribe`
 */
export function subscribeEach(
  events: readonly (readonly [string, CustomEventDefinition])[],
  listenerOf: (definition: CustomEventDefinition) => ((event: AnyEvent) => void) | undefined,
  subscribeTo = subscribe,
): () => void {
  const unsubscribes: (() => void)[] = [];
  const add = (name: string, definition: CustomEventDefinition): void => {
    const listener = listenerOf(definition);
    if (listener !== undefined) unsubscribes.push(subscribeTo(name, listener));
  };
  for (const [name, definition] of events) add(name, definition);
  unsubscribes.push(onUndeclaredEvent(add));
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}
